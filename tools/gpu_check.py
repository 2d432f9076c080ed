"""Try on a machine with GPUs what no other can show, and print a table to send back.

Takes about five minutes; docs/gpu.md says what is tried and why.
"""
import argparse
import sys
import tempfile
from pathlib import Path

import torch

from mmseg.apis.gpu_check import CHECKS, Bench, environment, run_checks, table
from mmseg.apis.train import set_random_seed
from mmseg.cli.entry import user_errors
from mmseg.corpora.sample_pages import make_sample_pages
from mmseg.models import build_segmentor
from mmseg.utils.config import load_config
from mmseg.utils.util_distribution import chosen_device

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / 'configs' / 'layout' / 'deeplabv3plus_tiny_demo.py'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--device', help="'cuda' or 'cuda:1' (default), or 'cpu' to try the script")
    parser.add_argument('--only', nargs='+', choices=CHECKS, default=(), help='checks to run')
    parser.add_argument('--config', default=str(CONFIG), help='config of a layout network '
                        '(default: the demo)')
    parser.add_argument('--size', type=int, default=640, help='longer side of the pages in pixels')
    parser.add_argument('--steps', type=int, default=20, help='training steps to time')
    return parser.parse_args()


@user_errors()
def main() -> None:
    args = parse_args()
    if args.device is None and not torch.cuda.is_available():
        print('This machine has no GPU that torch can use, so there is nothing to check; '
              '--device cpu tries the script itself.')
        return
    device = chosen_device(args.device)
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder, 'pages')
        make_sample_pages(str(pages), 8, 3, seed=0, size=args.size)
        cfg = load_config(args.config, {'data_root': str(pages), 'data.workers_per_gpu': 0})
        set_random_seed(0)
        model = build_segmentor(cfg.model)
        model.init_weights()
        checkpoint = str(Path(folder, 'weights.pth'))
        torch.save(dict(state_dict=model.state_dict()), checkpoint)
        bench = Bench(device, cfg, checkpoint, Path(folder), args.steps, ROOT / 'tools')
        found = run_checks(bench, args.only)
    print(f'\n{environment(device)}\n{table(found)}')
    sys.exit(any(result == 'failed' for result, _ in found.values()))


if __name__ == '__main__':
    main()
