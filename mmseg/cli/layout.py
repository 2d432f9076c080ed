"""Find the regions of pages and write them as files that OCR software reads."""
from __future__ import annotations

import argparse
import sys
import warnings
from typing import TYPE_CHECKING

from mmseg.cli.network import network_of, split_inputs
from mmseg.cli.options import DictAction
from mmseg.utils.errors import InputError

if TYPE_CHECKING:
    from mmseg.inference.predictor import Predictor

# as in mmseg.layout.writers, which would import more than help needs
FORMATS = ('json', 'page', 'alto', 'hocr', 'coco', 'png', 'jpg')
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
    parser.add_argument('--format', nargs='+', choices=FORMATS, default=['json'],
                        help='of the files: our JSON, PAGE-XML 2019, ALTO 4, hOCR, one COCO file '
                        'for all pages, painted pages (png), the pages (jpg) (default: json)')
    parser.add_argument('--out', required=True, metavar='DIR', help='folder of the files')
    parser.add_argument('--nested', action='store_true', help="look into folders' folders too")
    parser.add_argument('--device', default='cuda:0',
                        help="'cpu' or a GPU; without one it is the CPU (default: %(default)s)")
    parser.add_argument('--batch', type=int, default=1, metavar='N',
                        help='pages that the network is given at once (default: %(default)s)')
    size = parser.add_mutually_exclusive_group()
    size.add_argument('--dpi', type=float, help='of pages from PDFs (default: 150)')
    size.add_argument('--longer-side', type=int, metavar='PIXELS', help='of pages from PDFs')
    parser.add_argument('--regions', nargs='+', action=DictAction, default={},
                        metavar='KEY=VALUE', help='how regions are found: min_area=50 '
                        'right_to_left=True tolerance=1.0 …')
    parser.add_argument('--region-types', nargs='+', action=DictAction, default={},
                        metavar='CLASS=TYPE',
                        help='what a class of your own is in PAGE-XML, ALTO and hOCR; the '
                             'region_types '
                        f'are {", ".join(REGION_TYPES)}')
    parser.add_argument('--crop', choices=['lines'],
                        help='write a picture of each text line too, straightened along its '
                        'baseline and named by its order, for an OCR engine')
    parser.add_argument('--level', choices=['region', 'line'], default='region',
                        help='what an annotation of the COCO file is (default: %(default)s)')
    parser.add_argument('--strict', action='store_true',
                        help='stop at the first file that cannot be read')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys')
    parser.add_argument('--trust', action='store_true',
                        help='read checkpoints that hold pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from tqdm import tqdm

    from mmseg.apis.layout import region_options
    from mmseg.apis.layout_files import LayoutOptions, check_folder, write_layouts
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.page_images import find_files

    # what Pillow warns of, damaged heads and huge pages, is said in sentences of ours
    warnings.filterwarnings('ignore', module=r'PIL\.')
    trust_pickles(args.trust)
    config, checkpoint, pages = split_inputs(args.inputs)
    files = find_files(pages, args.nested)
    check_folder(args.out)
    predictor = predictor_of(config, checkpoint, args)
    options = LayoutOptions(
        args.format, region_options(predictor, **args.regions), args.batch, args.dpi,
        args.longer_side, args.region_types, level=args.level, crop=args.crop, strict=args.strict)
    with tqdm(total=len(files), desc='pages', unit='page') as bar:
        def progress(pages: int, more: int) -> None:
            bar.total = (bar.total or 0) + more
            bar.update(pages)
        report = write_layouts(predictor, files, args.out, options, progress)
    print(f'{report.pages} pages, {len(report.files)} files in {args.out}')
    for problem in report.problems:
        print(f'error: {problem}', file=sys.stderr)
    if report.problems:
        sys.exit(1)


def predictor_of(config: str | None, checkpoint: str | None,
                 args: argparse.Namespace) -> Predictor:
    """Return what answers for the pages: a network, or an exported file."""
    if config is None and checkpoint is not None:
        if args.cfg_options:
            raise InputError(f'--cfg-options changes a config: give one before {checkpoint}')
        from mmseg.serve.models import open_predictor
        device = 'cpu' if args.device == 'cpu' else args.device.partition(':')[0]
        return open_predictor(checkpoint, device=device, batch=args.batch)
    from mmseg.apis.layout import CheckpointPredictor
    config, checkpoint = network_of(config, checkpoint)
    return CheckpointPredictor(config, checkpoint, args.device, batch=args.batch,
                               cfg_options=args.cfg_options)
