#!/usr/bin/env python
"""``mmseg convert coco-stuff164k`` as a script."""
from mmseg.cli import run_script

if __name__ == '__main__':
    run_script('convert coco-stuff164k')
