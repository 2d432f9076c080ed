"""Make a checkpoint a network of the package: safetensors, its config, and a line in the index.

NAME is then taken wherever a config or a checkpoint is. Networks that are in the folder already
stay; the last one made comes first with --default. With --pages, ONNX files of the network are
written too, which answer faster on a CPU. Nothing is written outside --out, which for the package
itself is mmseg/weights.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from mmseg.cli.options import DictAction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('checkpoint', help='checkpoint of a training')
    parser.add_argument('config', help='config whose model, data and schedule fine-tuning starts '
                        'from')
    parser.add_argument('name', help='what users call the network')
    parser.add_argument('--out', required=True, metavar='DIR', help='folder of the networks')
    parser.add_argument('--summary', required=True, help='what the network is, in one line')
    parser.add_argument('--averaged', action='store_true',
                        help='take the moving averages that EMAHook kept')
    parser.add_argument('--offsets', nargs='+', action=DictAction, metavar='CLASS=VALUE',
                        default={}, help='what is added to the logits of classes, such as '
                        'text=0.5: corrects the frequency of classes that the training favoured')
    parser.add_argument('--pages', nargs='+', metavar='PAGE',
                        help='write the network as ONNX too, in float32 and in 8-bit integers that '
                        'these pictures, PDFs and folders of pages calibrate')
    parser.add_argument('--default', action='store_true', help='the network of commands that are '
                        'given no name')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.publish import add_to_package

    trust_pickles(args.trust)
    file = add_to_package(args.checkpoint, args.config, args.name, args.out, args.summary,
                          averaged=args.averaged, default=args.default, offsets=args.offsets)
    print_size(file)
    if args.pages:
        write_onnx(file, args.pages)


def write_onnx(weights: Path, pages: list[str]) -> None:
    """Write a network of a folder as ONNX, and say how well its integers agree."""
    from mmseg.apis import init_segmentor
    from mmseg.export.int8 import describe_agreement
    from mmseg.export.packaged import write_packaged
    from mmseg.utils.publish import add_exported

    model = init_segmentor(weights.with_suffix('.py'), weights, 'cpu')
    exported, quantized = write_packaged(model, weights, pages)
    add_exported(weights.parent, weights.stem, exported)
    for entry in exported.values():
        print_size(weights.with_name(entry['file']))
    print(describe_agreement(quantized))


def print_size(file: Path) -> None:
    """Print the name and the size of a file that was written."""
    print(f'{file}: {file.stat().st_size / 1e6:.1f} MB')
