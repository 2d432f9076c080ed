"""Draw which classes a network takes for which, out of the results of a test.

Writes confusion_matrix.png and .json into SAVE_DIR, and confusion_matrix_page_types.png where the
results have page types; of a classifier the latter alone. Rows are the true class, each as shares
of its pixels or pages.
"""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mmseg.cli.options import DictAction, add_replaced


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('config', help='config file; its data.test was tested')
    parser.add_argument('prediction_path', help='results: the .pkl file of mmseg test --out, or '
                        'a folder with a .png or .npy file of class indices for each page')
    parser.add_argument('save_dir', help='folder for the pictures')
    parser.add_argument('--show', action='store_true', help='open windows too')
    parser.add_argument('--color-theme', default='winter', metavar='NAME',
                        help='colour map of matplotlib (default: %(default)s)')
    parser.add_argument('--title', default='Normalized Confusion Matrix',
                        help='title of the picture (default: %(default)s)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='change config keys, such as data_root=data/pages')
    parser.add_argument('--trust', action='store_true',
                        help='read a .pkl file with other objects than arrays, which can run code')
    boxes = 'it is for boxes, of which mmseg test --eval bbox gives the scores'
    add_replaced(parser, {'--score-thr': boxes, '--tp-iou-thr': boxes, '--nms-iou-thr': boxes})


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.core.evaluation.confusion import most_confused
    from mmseg.core.evaluation.report import write_json
    from mmseg.core.evaluation.saved_results import count_confusion
    from mmseg.core.visualization.matrix import draw_confusion
    from mmseg.datasets import build_dataset
    from mmseg.utils.config import load_config
    from mmseg.utils.plotting import pyplot, save_figure

    cfg = load_config(args.config, args.cfg_options)
    plt = pyplot(window=args.show)
    found = count_confusion(build_dataset(cfg.data.test, dict(test_mode=True)),
                            args.prediction_path, args.trust)
    folder = Path(args.save_dir)
    figures, lines = {}, []
    report: dict[str, Any] = {}
    if found.pixels is not None:
        figures['confusion_matrix'] = draw_confusion(plt, found.pixels, found.classes, args.title,
                                                     args.color_theme)
        report.update(classes=found.classes, pixels=found.pixels)
        lines += most_confused(found.pixels, found.classes)
    if found.pages is not None:
        figures['confusion_matrix_page_types'] = draw_confusion(
            plt, found.pages, found.page_classes, f'{args.title}: page types', args.color_theme)
        report.update(page_classes=found.page_classes, pages=found.pages)
        lines += most_confused(found.pages, found.page_classes) if found.pixels is None else []
    for name, figure in figures.items():
        save_figure(figure, folder / f'{name}.png')
    write_json(report, folder / 'confusion_matrix.json')
    print(*lines, sep='\n')
    print(f'written to {folder}: {", ".join(f"{name}.png" for name in figures)}, '
          'confusion_matrix.json')
    if args.show:
        plt.show()
