"""Make docs/onnx.md: which networks of configs/ can be written as ONNX, each one tried.

The networks are those of docs/model_zoo.md. What was tried stays in work_dirs/onnx_zoo.json
below the current folder, so that an interrupted run continues.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from mmseg.cli.entry import user_errors
from mmseg.core.evaluation.report import write_json
from mmseg.export.onnx_table import networks_of, onnx_page, try_onnx
from mmseg.utils.atomic_write import atomic_write
from mmseg.utils.config import load_config

ROOT = Path(__file__).resolve().parents[1]
WORK = Path('work_dirs', 'onnx_zoo.json')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--match', default='', help='try only configs with this in their path')
    parser.add_argument('--out', metavar='FILE', help='the page to write, such as '
                        'docs/onnx.md (default: it is printed)')
    parser.add_argument('--one', help=argparse.SUPPRESS)  # in the process of a single network
    return parser.parse_args()


def try_apart(config: str) -> dict:
    """What :func:`try_onnx` gives, from a new process."""
    done = subprocess.run([sys.executable, __file__, '--one', config], text=True,
                          capture_output=True, env={**os.environ, 'OMP_NUM_THREADS': '1'})
    if done.returncode:
        return {'pages': 'no', 'reason': (done.stderr.strip().splitlines() or ['killed'])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


@user_errors()
def main() -> None:
    args = parse_args()
    if args.one:
        print(json.dumps(try_onnx(load_config(str(ROOT / args.one)))))
        return
    known: dict = json.loads(WORK.read_text()) if WORK.is_file() else {}
    networks = networks_of(ROOT / 'docs' / 'model_zoo.md')
    for config in networks:
        if config not in known and args.match in config:
            known[config] = try_apart(config)
            write_json(known, WORK)
            print(config, known[config], flush=True)
    text = onnx_page({name: known[name] for name in networks if name in known})
    if args.out:
        with atomic_write(args.out) as part:
            part.write_text(text, encoding='utf-8')
    else:
        print(text)


if __name__ == '__main__':
    main()
