#!/usr/bin/env python
"""``mmseg convert chase-db1`` as a script."""
from mmseg.cli import run_script

if __name__ == '__main__':
    run_script('convert chase-db1')
