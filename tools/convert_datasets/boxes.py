#!/usr/bin/env python
"""``mmseg convert boxes`` as a script."""
from mmseg.cli import run_script

if __name__ == '__main__':
    run_script('convert boxes')
