"""Make a checkpoint ready to hand on: without the optimizer, named after its content.

The file gets eight digits of its SHA-256 into its name: OUT_FILE model.pth becomes
model-1a2b3c4d.pth. The names of classes and page types and the config stay in it.
"""
import argparse
from pathlib import Path

from mmseg.utils.checkpoint import trust_pickles
from mmseg.utils.cli import command
from mmseg.utils.publish import publish


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('in_file', help='checkpoint of a training')
    parser.add_argument('out_file', help='where to write, without the digits')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    trust_pickles(args.trust)
    file = publish(args.in_file, args.out_file)
    before, after = (Path(name).stat().st_size / 1e6 for name in (args.in_file, file))
    print(f'{file}: {after:.1f} MB, of {before:.1f} MB in {args.in_file}')


if __name__ == '__main__':
    main()
