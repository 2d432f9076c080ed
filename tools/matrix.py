#!/usr/bin/env python
"""Run the quick tests with the lowest, the locked and the newest versions of what is required.

Each has an environment of its own below FOLDER, and its log there; nothing is written into the
checkout. It takes an hour or more, and some GB for each environment. Where the command `uv` is
found, it installs the packages, in minutes.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ('runtime', 'tests', 'optional', 'data', 'pdf', 'export', 'serve', 'parquet', 'ray',
         'shards', 'speed')
KINDS = ('lowest', 'lock', 'newest')


def requirements() -> list[str]:
    """The requirements of all parts, without comments."""
    lines = [line.strip() for part in PARTS
             for line in (ROOT / 'requirements' / f'{part}.txt').read_text('utf-8').splitlines()]
    return [line for line in lines if line and not line.startswith('#')]


def lowest() -> list[str]:
    """Each lower bound as the only version that is allowed."""
    return [re.sub(r'>=([^,;]+).*', r'==\1', line) for line in requirements() if '>=' in line]


def constraints(kind: str, folder: Path) -> list[str]:
    """The options of pip that choose the versions."""
    if kind == 'lock':
        return ['-c', str(ROOT / 'requirements' / 'lock.txt')]
    if kind == 'newest':
        return ['--upgrade']
    file = folder / 'lowest.txt'
    file.write_text('\n'.join(lowest()) + '\n', encoding='utf-8')
    return ['-c', str(file)]


def try_kind(kind: str, folder: Path, dry_run: bool) -> dict:
    """Make the environment, run the tests in it; what came of it."""
    python = folder / kind / ('Scripts' if os.name == 'nt' else 'bin') / 'python'
    log = folder / f'{kind}.log'
    options = constraints(kind, folder)
    wanted = [word for part in PARTS for word in ('-r', str(ROOT / 'requirements' / f'{part}.txt'))]
    with open(log, 'w', encoding='utf-8') as output:

        def call(*words: str, **variables: str) -> int:
            print('$', *words, file=output, flush=True)
            return subprocess.run(words, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                                  env={**os.environ, **variables}).returncode

        if dry_run:
            code = call(sys.executable, '-m', 'pip', 'install', '--dry-run', '--ignore-installed',
                        '--report', str(folder / f'{kind}.json'), '--quiet', *wanted, *options)
            return dict(resolved=code == 0, log=str(log))
        uv = shutil.which('uv')
        pip = (uv, 'pip') if uv else (str(python), '-m', 'pip')
        into = ('--python', str(python)) if uv else ()
        steps = [(sys.executable, '-m', 'venv', '--clear', str(folder / kind)),
                 (*pip, 'install', *into, 'setuptools<81', 'wheel'),
                 # named again, since --upgrade of uv takes all packages
                 (*pip, 'install', *into, *wanted, 'setuptools<81', *options),
                 (*pip, 'install', *into, '--no-build-isolation', '-r',
                  str(ROOT / 'requirements' / 'mmcv.txt')),
                 (*pip, 'freeze', *into)]
        for step in steps:
            if call(*step, PYTHONPATH=str(ROOT / 'requirements' / 'python313')):
                return dict(passed=False, failed_at=' '.join(step[1:5]), log=str(log))
        code = call(str(python), '-m', 'pytest', '-m', 'not slow', '-p', 'no:cacheprovider',
                    OMP_NUM_THREADS='1', PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE='1')
    return dict(passed=code == 0, log=str(log), said=log.read_text('utf-8').splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', metavar='FOLDER', type=Path, help='for environments and logs')
    parser.add_argument('--only', nargs='+', choices=KINDS, default=KINDS, help='default: all')
    parser.add_argument('--dry-run', action='store_true',
                        help='only let pip resolve the versions, with this Python')
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    results = {}
    for kind in args.only:
        results[kind] = try_kind(kind, args.folder.resolve(), args.dry_run)
        print(kind, json.dumps(results[kind]), flush=True)
    (args.folder / 'matrix.json').write_text(json.dumps(results, indent=2), encoding='utf-8')
    sys.exit(0 if all(result.get('passed', result.get('resolved')) for result in results.values())
             else 1)


if __name__ == '__main__':
    main()
