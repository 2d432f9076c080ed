"""The options of ``mmseg layout`` for very many pages: tables in Parquet, a Ray cluster."""
from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmseg.utils.errors import InputError

if TYPE_CHECKING:
    from tqdm import tqdm

    from mmseg.layout.runs.options import LayoutOptions, LayoutReport
    from mmseg.layout.runs.sources import Shard

SHARD = 1000
# Errors that are printed; the table has all.
PRINTED = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group('very many pages')
    group.add_argument('--parquet', action='store_true',
                       help='write tables in Parquet: a row for each region, page and error; '
                       'pages may be addresses (s3://...) and lists of files too (.jsonl, '
                       '.parquet), DIR may be an address; other files only with --format')
    group.add_argument('--ray', metavar='ADDRESS',
                       help='the same on the machines of a Ray cluster: HOST:PORT, '
                       'ray://HOST:PORT or auto')
    group.add_argument('--shard-files', type=int, default=SHARD, metavar='N',
                       help='input files whose rows are in one Parquet file, and that are '
                       'processed again where a machine is lost (default: %(default)s)')
    group.add_argument('--actors', type=int, metavar='N',
                       help='with --ray, processes that are given shards; each has --workers '
                       'processes with a network (default: as many as there is room for)')
    group.add_argument('--gpus', type=float, metavar='N',
                       help='with --ray, the GPUs that an actor takes, such as 0.25 (default: 0)')


def check(args: argparse.Namespace) -> None:
    """See that options which need others have them.

    Raises:
        InputError: One has not.
    """
    if args.ray is not None or args.parquet:
        from mmseg.layout.writers.parquet import import_arrow
        import_arrow()
    if args.ray is None and (args.actors is not None or args.gpus is not None):
        raise InputError('--actors and --gpus are for a cluster: give its address with --ray')
    for name in ('shard_files', 'actors'):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise InputError(f'--{name.replace("_", "-")} is a number from 1 on, got '
                             f'{getattr(args, name)}')


def run(args: argparse.Namespace, opener: Any, pages: list[str], options: LayoutOptions,
        network: dict[str, Any], most: int) -> LayoutReport:
    """Write the tables, and return what came of the pages.

    Args:
        args: The command's arguments.
        opener: Returns the network in a process that imports it.
        pages: The words that name pages.
        options: Formats and how regions are found.
        network: What tells the network of this run from another's.
        most: Number of processes on this machine, unless ``--workers`` says it.

    Raises:
        InputError: See :mod:`mmseg.layout.runs.sources` and :mod:`mmseg.layout.runs.shards`.
    """
    import time

    from tqdm import tqdm

    from mmseg.layout.runs.options import LayoutReport
    from mmseg.layout.runs.shards import check_target, remove_rest
    from mmseg.layout.runs.sources import page_sources, shards
    from mmseg.utils.atomic_write import check_folder
    from mmseg.utils.storage import Storage

    target = Storage(args.out)
    if target.local:
        check_folder(args.out)
    elif options.page_formats or options.crop:
        raise InputError('only tables are written to an address; leave --format and --crop out, or '
                         'give a folder as --out')
    workers = args.workers if args.workers is not None else 1 if args.ray else most
    if workers < 0:
        raise InputError(f'--workers is a number of processes, 0 or more, got {workers}')
    sources, total = page_sources(pages, args.nested)
    settings = _settings(args, options, network)
    check_target(target, settings, options.resume)
    report, start, count = LayoutReport(), time.perf_counter(), 0
    with tqdm(total=total, desc='pages', unit='page') as bar:
        chosen = _on_cluster if args.ray else _here
        for done in chosen(args, opener, target.root, options, settings,
                           shards(sources, args.shard_files), bar, workers):
            report.merge(done)
            report.workers = done.workers
            report.files += 3 if done.pages or done.problems else 0
            count += 1
    remove_rest(target, count)
    report.seconds = time.perf_counter() - start
    return report


def _here(args: argparse.Namespace, opener: Any, target: str, options: LayoutOptions,
          settings: dict[str, Any], shards: Iterable[Shard], bar: tqdm,
          workers: int) -> Iterable[LayoutReport]:
    """The shards one after the other, on this machine."""
    from mmseg.layout.runs.shards import ShardProcessor

    processor = ShardProcessor(opener, target, options, settings, workers)
    try:
        for shard in shards:
            yield processor.process(shard, lambda pages, more: _advance(bar, pages, more))
    finally:
        processor.close()


def _on_cluster(args: argparse.Namespace, opener: Any, target: str, options: LayoutOptions,
                settings: dict[str, Any], shards: Iterable[Shard], bar: tqdm,
                workers: int) -> Iterable[LayoutReport]:
    """The shards on the machines of a cluster, in the order in which they are done."""
    from mmseg.layout.runs.ray_pool import RayPool

    with RayPool(args.ray, opener, target, options, settings, actors=args.actors,
                 workers=workers, gpus=args.gpus or 0.) as pool:
        for shard, report in pool.process(shards):
            pages = report.pages + report.skipped
            _advance(bar, pages, pages - len(shard.sources))
            report.workers *= pool.actors
            yield report


def _advance(bar: tqdm, pages: int, more: int) -> None:
    if bar.total is not None:
        bar.total += more
    bar.update(pages)


def _settings(args: argparse.Namespace, options: LayoutOptions,
              network: dict[str, Any]) -> dict[str, Any]:
    """What has to be equal in a run and the one that continues it."""
    known = dict(network, shard_files=args.shard_files, formats=options.formats,
                 regions=repr(options.regions), region_types=dict(options.region_types),
                 dpi=options.dpi, longer_side=options.longer_side, crop=options.crop)
    return json.loads(json.dumps(known, default=repr))  # as it is read back: lists, no tuples


def shared_path(name: str | None) -> str | None:
    """The absolute path of a file that is there; names and addresses as they are.

    Actors have another working folder than this process.
    """
    return os.path.abspath(name) if name is not None and Path(name).exists() else name
