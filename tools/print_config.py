"""Print a config as it is once its _base_ files and the options are merged in.

What is printed is a config itself: `python tools/print_config.py CONFIG > whole.py` gives one file
without _base_.
"""
import argparse

from mmseg.models import build_segmentor
from mmseg.utils.cli import DictAction, command
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file')
    parser.add_argument('--graph', action='store_true',
                        help='print the network too, module by module')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as model.backbone.depth=101')
    return parser.parse_args()


@command
def main() -> None:
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options)
    print(cfg.pretty_text)
    if args.graph:
        if 'model' not in cfg:
            raise InputError(f'{args.config} has no model, so there is no network to print')
        model = build_segmentor({**cfg.model, 'pretrained': None}, train_cfg=cfg.get('train_cfg'),
                                test_cfg=cfg.get('test_cfg'))
        print(f'\nNetwork:\n{model}')


if __name__ == '__main__':
    main()
