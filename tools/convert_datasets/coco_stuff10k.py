#!/usr/bin/env python
"""``mmseg convert coco-stuff10k`` as a script."""
from mmseg.cli import run_script

if __name__ == '__main__':
    run_script('convert coco-stuff10k')
