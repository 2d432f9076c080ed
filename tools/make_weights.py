"""``mmseg make-weights`` as a script."""
from mmseg.cli import run_script

if __name__ == '__main__':
    run_script('make-weights')
