"""``python -m mmseg``, the same as the command ``mmseg``."""
from mmseg.cli import main

if __name__ == '__main__':
    main()
