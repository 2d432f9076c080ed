#!/usr/bin/env python
"""``mmseg scan-pages`` as a script."""
from mmseg.cli import run_script

if __name__ == '__main__':
    run_script('scan-pages')
