"""Find the regions of pages and write them as files that OCR software reads."""
from __future__ import annotations

import argparse
import contextlib
import gc
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmseg.cli import layout_tables
from mmseg.cli.network import ANY_BACKEND, ANY_BACKEND_HELP, network_of, split_inputs
from mmseg.cli.options import DictAction
from mmseg.cli.threads import memory_for, physical_cores
from mmseg.utils.errors import InputError, plural

if TYPE_CHECKING:
    from mmseg.inference.predictor import Predictor, PredictorFacts
    from mmseg.layout.runs.options import LayoutOptions, LayoutReport

# as in mmseg.layout.writers, which would import more than help needs
FORMATS = ('json', 'page', 'alto', 'hocr', 'coco', 'png', 'jpg')
# Pages that are worth starting processes.
FEW = 8
# Bytes of memory of a process with a network.
PROCESS = 1 << 30
# Processes that share a GPU, whose memory holds a network of each.
MOST_ON_GPU = 4
REGION_TYPES = ('text', 'figure', 'graphic', 'table', 'formula', 'separator', 'noise', 'other')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' Pages are pictures of any mode, all pages of TIFF files and of '
        'PDFs, and what folders hold of these. A file that cannot be read does not stop the '
        'others: it is named at the end, and the exit code is 1.')
    parser.add_argument('inputs', nargs='+', metavar='[NETWORK] PAGE',
                        help='pictures, TIFF files, PDFs, folders; before them may come the '
                        'network: a name of the package, a checkpoint, an exported file, or CONFIG '
                        'CHECKPOINT (default: the first network of the package)')
    parser.add_argument('--format', nargs='+', choices=FORMATS,
                        help='formats of the files: our JSON, PAGE-XML 2019, ALTO 4, hOCR, one '
                        'COCO file for all pages, painted pages (png), the pages (jpg) (default: '
                        'json, with --parquet none)')
    parser.add_argument('--out', required=True, metavar='DIR', help='folder of the files')
    parser.add_argument('--nested', action='store_true', help="look into folders' folders too")
    parser.add_argument('--device', default='cuda:0',
                        help="'cpu' or a GPU; without one it is the CPU (default: %(default)s)")
    parser.add_argument('--backend', choices=ANY_BACKEND, help=ANY_BACKEND_HELP)
    parser.add_argument('--batch', type=int, default=1, metavar='N',
                        help='pages that the network is given at once (default: %(default)s)')
    size = parser.add_mutually_exclusive_group()
    size.add_argument('--dpi', type=float, help='resolution of pages from PDFs, in dots '
                      'per inch (default: 150)')
    size.add_argument('--longer-side', type=int, metavar='PIXELS',
                      help='longer side of pages from PDFs, in place of --dpi')
    _add_region_options(parser)
    parser.add_argument('--workers', type=int, metavar='N',
                        help='processes that each take whole pages, from reading to writing, on '
                        'one core; results do not depend on the number; 0 uses this process '
                        'alone, with all cores for the network (default: one for each core, 0 '
                        'for a few pages)')
    parser.add_argument('--resume', action='store_true',
                        help='skip pages whose files in DIR are complete and newer than the page; '
                        'the options have to be those of the earlier run')
    parser.add_argument('--strict', action='store_true',
                        help='stop at the first page that cannot be read; batches are then '
                        'processed one after the other')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys')
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')
    layout_tables.add_arguments(parser)


def _add_region_options(parser: argparse.ArgumentParser) -> None:
    """Add what says how regions are found and called."""
    parser.add_argument('--regions', nargs='+', action=DictAction, default={},
                        metavar='KEY=VALUE', help='how regions are found: min_area=50 '
                        'right_to_left=True tolerance=1.0 …')
    parser.add_argument('--region-types', nargs='+', action=DictAction, default={},
                        metavar='CLASS=TYPE',
                        help='what a class of your own is in PAGE-XML, ALTO and hOCR: '
                        f'{", ".join(REGION_TYPES)}')
    parser.add_argument('--crop', choices=['lines'],
                        help='write a picture of each text line too, straightened along its '
                        'baseline and named by its order, for an OCR engine')
    parser.add_argument('--level', choices=['region', 'line'], default='region',
                        help='what the COCO file has an annotation for (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from functools import partial

    from mmseg.utils.atomic_write import check_folder
    from mmseg.utils.page_images import find_files
    from mmseg.utils.sandbox import prepare

    layout_tables.check(args)
    tables = args.parquet or args.ray is not None
    config, checkpoint, pages = split_inputs(args.inputs)
    config, checkpoint = map(layout_tables.shared_path, (config, checkpoint))
    files = [] if tables else find_files(pages, args.nested)
    if not tables:
        check_folder(args.out)
        if args.workers or (args.workers is None and len(files) >= FEW):
            prepare('mmseg.layout.runs.pages')  # which takes as long as what is imported here
    opener = partial(open_network, config, checkpoint, args.device, args.batch, args.cfg_options,
                     args.trust, args.backend)
    if tables:
        options = layout_options(args, opener())
        gc.freeze()  # or all that is loaded would be searched for garbage with every page
        network = dict(config=config, checkpoint=checkpoint, cfg_options=args.cfg_options,
                       backend=args.backend)
        report = layout_tables.run(args, opener, pages, options, network,
                                   most_workers(on_gpu(args.device)))
    else:
        report = write_files(args, opener, files)
    print_report(report, args.out, layout_tables.PRINTED if tables else None)


def layout_options(args: argparse.Namespace, network: Predictor | PredictorFacts) -> LayoutOptions:
    """Return the options of a run with a network.

    Raises:
        InputError: They do not fit the network.
    """
    from mmseg.layout.read import region_options
    from mmseg.layout.runs.options import LayoutOptions
    from mmseg.layout.writers import check_region_types

    tables = args.parquet or args.ray is not None
    check_region_types(args.region_types, tuple(network.classes))
    return LayoutOptions(
        args.format or ([] if tables else ['json']), region_options(network, **args.regions),
        args.batch, args.dpi, args.longer_side, args.region_types, level=args.level, crop=args.crop,
        strict=args.strict, resume=args.resume, rows=tables)


def write_files(args: argparse.Namespace, opener: Callable[[], Predictor],
                files: Sequence[Path]) -> LayoutReport:
    """Write files for each page, and return what came of the pages."""
    from tqdm import tqdm

    from mmseg.layout.runs.files import write_layouts
    from mmseg.layout.runs.workers import PagePool

    workers = worker_count(args.workers, files, on_gpu(args.device))
    with contextlib.ExitStack() as stack:
        predictor: Predictor | PagePool
        if workers:
            predictor = stack.enter_context(PagePool(workers, opener))
            options = layout_options(args, predictor.facts)
        else:
            predictor = opener()
            gc.freeze()
            options = layout_options(args, predictor)
        bar = stack.enter_context(tqdm(total=len(files), desc='pages', unit='page'))

        def progress(pages: int, more: int) -> None:
            bar.total = (bar.total or 0) + more
            bar.update(pages)
        return write_layouts(predictor, files, args.out, options, progress)


def print_report(report: LayoutReport, out: str, most: int | None) -> None:
    """Print what came of the pages, at most ``most`` problems; the exit code is 1 with some."""
    for line in report.lines():
        print(line)
    skipped = f', {report.skipped} were complete before' if report.skipped else ''
    print(f'{plural(report.pages, "page")}{skipped}, {plural(report.files, "file")} in {out}')
    for problem in report.problems[:most]:
        print(f'error: {problem}', file=sys.stderr)
    if most is not None and len(report.problems) > most:
        print(f'and {len(report.problems) - most} more, see {out}/errors', file=sys.stderr)
    if report.problems:
        sys.exit(1)


def on_gpu(device: str) -> bool:
    """Return whether the network runs on a GPU."""
    import torch
    return device != 'cpu' and torch.cuda.is_available()


def worker_count(wanted: int | None, files: Sequence[Path], on_gpu: bool = False) -> int:
    """Return the number of processes: one per core by default, none for a few pages.

    Raises:
        InputError: A negative number.
    """
    if wanted is None:
        # to start them takes longer than some pages
        from mmseg.layout.runs.plan import has_pages
        if not has_pages(files, FEW):
            return 0
        return most_workers(on_gpu)
    if wanted < 0:
        raise InputError(f'--workers is a number of processes, 0 or more, got {wanted}')
    return wanted


def most_workers(on_gpu: bool) -> int:
    """Return the number of processes for which there are cores and memory."""
    cores = physical_cores()
    return min(cores, memory_for(PROCESS), MOST_ON_GPU if on_gpu else cores)


def open_network(config: str | None, checkpoint: str | None, device: str, batch: int,
                 cfg_options: dict[str, Any] | None, trust: bool,
                 backend: str | None = None) -> Predictor:
    """Return what gives the scores of pages: a network, or an exported file.

    Raises:
        InputError: An option does not go with the kind of file.
    """
    from mmseg.utils.checkpoint import trust_pickles

    # what Pillow warns of, damaged heads and huge pages, is said in sentences of ours
    warnings.filterwarnings('ignore', module=r'PIL\.')
    trust_pickles(trust)
    from mmseg.apis import CheckpointPredictor, open_predictor
    if config is None and checkpoint is not None:
        if cfg_options:
            raise InputError(f'--cfg-options changes a config: give one before {checkpoint}')
        kind = device.partition(':')[0] if on_gpu(device) else 'cpu'
        return open_predictor(checkpoint, device=kind, batch=batch, backend=backend)
    config, checkpoint = network_of(config, checkpoint)
    if config == checkpoint and not cfg_options:  # a name
        return open_predictor(config, device=device if on_gpu(device) else 'cpu', batch=batch,
                              backend=backend)
    if backend not in (None, 'pytorch'):
        raise InputError(f'--backend {backend} runs exported files and the networks of the package '
                         'as they are: name a file before the pages (mmseg export onnx writes it)')
    return CheckpointPredictor(config, checkpoint, device, batch=batch, cfg_options=cfg_options)
