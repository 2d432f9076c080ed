"""Make docs/model_zoo.md: what each network of configs/ costs for an image of 512 x 512 pixels.

Configs that differ in classes, data or schedule alone are one network. What was measured stays in
work_dirs/model_zoo.json below the current folder, so that an interrupted run continues.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from mmseg.apis.benchmark import measure_speed
from mmseg.cli.entry import user_errors
from mmseg.core.evaluation.report import write_json
from mmseg.models.complexity import complexity
from mmseg.models.network_table import one_of_each, page, with_classes
from mmseg.utils.atomic_write import atomic_write
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
WORK = Path('work_dirs', 'model_zoo.json')
SIZE = (512, 512)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--time', action='store_true', help='measure seconds and memory too, each '
                        'network in a process of its own, on one thread')
    parser.add_argument('--match', default='', help='measure only configs with this in their path')
    parser.add_argument('--out', metavar='FILE', help='the page to write, such as '
                        'docs/model_zoo.md (default: it is printed)')
    parser.add_argument('--one', help=argparse.SUPPRESS)  # in the process of a single network
    return parser.parse_args()


def measure(config: str) -> dict:
    """Seconds a page and the peak memory of this process, in bytes."""
    import resource  # not on Windows
    cfg = with_classes(load_config(str(ROOT / config)))
    speed = measure_speed(cfg, size=SIZE, max_pages=4, max_seconds=6., log=str)
    unit = 1 if sys.platform == 'darwin' else 1024
    return dict(seconds=speed.least,
                memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def measure_apart(config: str) -> dict:
    """The same, in a new process."""
    output = subprocess.check_output([sys.executable, __file__, '--one', config], text=True,
                                     env={**os.environ, 'OMP_NUM_THREADS': '1'})
    return json.loads(output.splitlines()[-1])


@user_errors()
def main() -> None:
    args = parse_args()
    if args.one:
        print(json.dumps(measure(args.one)))
        return
    known: dict = json.loads(WORK.read_text()) if WORK.is_file() else {}
    known = {config: cost for config, cost in known.items() if (ROOT / config).is_file()}
    for folder in ('[!_]*', '_base_/models'):
        for path in sorted(ROOT.glob(f'configs/{folder}/*.py')):
            config = str(path.relative_to(ROOT))
            if config in known or args.match not in config:
                continue
            try:
                known[config] = complexity(with_classes(load_config(str(path))), SIZE)._asdict()
            except InputError as error:  # some parts of configs only run as leaves change them
                print(f'left out: {config}: {error}', flush=True)
            write_json(known, WORK)
    for config in (networks := one_of_each(known)):
        if args.time and 'seconds' not in known[config] and args.match in config:
            known[config].update(measure_apart(config))
            write_json(known, WORK)
            print(config, known[config], flush=True)
    text = page({name: known[name] for name in networks})
    if args.out:
        with atomic_write(args.out) as part:
            part.write_text(text, encoding='utf-8')
    else:
        print(text)


if __name__ == '__main__':
    main()
