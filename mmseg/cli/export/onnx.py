"""Write a checkpoint as ONNX, with the JSON file that a service reads."""
from __future__ import annotations

import argparse
import sys
from typing import Any

from mmseg.cli.export.options import add_graph_options, graph_of, sides
from mmseg.cli.network import CONFIG_HELP, checkpoint_of
from mmseg.cli.options import DictAction, add_replaced

OPSET = 17  # as in mmseg.export, which would import torch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('config', help=CONFIG_HELP)
    parser.add_argument('--checkpoint', help='checkpoint (default: the weights of that name; '
                        'random weights of a config file)')
    parser.add_argument('--output-file', default='tmp.onnx',
                        help='file to write (default: tmp.onnx)')
    parser.add_argument('--opset-version', type=int, default=OPSET,
                        help=f"version of ONNX's operators (default: {OPSET})")
    parser.add_argument('--dynamic-export', action='store_true',
                        help='take any number of pages of any size; else those of the example')
    parser.add_argument('--input-img', help='a page to export with; noise without')
    parser.add_argument('--shape', type=int, nargs='+', metavar='PIXELS',
                        help="height and width of the input (default: the test pipeline's)")
    parser.add_argument('--rescale_shape', '--rescale-shape', type=int, nargs='+',
                        metavar='PIXELS', help='height and width of the answer (default: those of '
                        'the input)')
    parser.add_argument('--verify', action='store_true',
                        help='print how far ONNX Runtime is from the model, of any size also on '
                        'two pages of another one; exit with 1 where that is more than --tolerance')
    parser.add_argument('--tolerance', type=float, default=1e-3,
                        help='difference up to which both agree (default: 1e-3)')
    parser.add_argument('--int8', action='store_true',
                        help='layers in 8-bit integers, calibrated on --pages; prints how far the '
                        'file agrees with the network in float32')
    parser.add_argument('--pages', nargs='+', metavar='PAGE',
                        help='for --int8: pictures, PDFs (their first pages) and folders of pages '
                        'like those that the file is for; at most 64 of them are used')
    parser.add_argument('--show', action='store_true',
                        help='print the graph, and open a window with what the file says of '
                        '--input-img')
    add_graph_options(parser)
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE', help='change config keys')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')
    inside = 'the preprocessing of the config counts; --normalize puts it into the file'
    add_replaced(parser, {
        '--simplify': 'constants are folded and unused nodes left out as it is written',
        '--test-img': 'it is --input-img', '--mean': inside, '--std': inside,
        '--dataset': 'classes and colours are those of the checkpoint',
        '--skip-postprocess': '--output logits leaves out what follows the network'})


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with the usage where options do not go together."""
    if args.int8 != bool(args.pages):
        parser.error('--int8 and --pages need each other: pages calibrate the integers')
    if args.int8 and args.verify:
        parser.error('--verify is for float32: --int8 prints how far it agrees with that')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import init_segmentor
    from mmseg.export import describe_trace, export_onnx, save_onnx, verify_onnx, with_input
    from mmseg.export.pages import example_page
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config
    from mmseg.utils.plotting import check_window

    trust_pickles(args.trust)
    if args.show and args.input_img:
        check_window('no --show')
    shape, size = sides(args.shape, '--shape'), sides(args.rescale_shape, '--rescale_shape')
    model = init_segmentor(load_config(args.config, args.cfg_options),
                           checkpoint_of(args.config, args.checkpoint), 'cpu')
    args.fuse_conv_bn |= args.int8
    graph = graph_of(args, model.cfg, size)
    example = example_page(model.cfg, graph, args.input_img, shape)
    proto = export_onnx(model, example, graph, args.dynamic_export, args.opset_version)
    info = describe_trace(model, model.cfg, graph)
    if not args.dynamic_export:
        info = with_input(info, example.shape[2:], pages=1)
    if args.int8:
        proto = in_int8(proto, model.cfg, graph, args.pages,
                        shape if args.dynamic_export else (example.shape[2], example.shape[3]))
    save_onnx(proto, args.output_file, info)
    print(info.summary(args.output_file))
    differences = {}
    if args.verify:
        differences = verify_onnx(model, args.output_file, example, graph, args.dynamic_export)
        for pages, difference in differences.items():
            print(f'ONNX Runtime on {pages}: largest difference {difference:.3g}')
    if args.show:
        show(proto, args.output_file, model.cfg, args.input_img)
    sys.exit(1 if any(not found <= args.tolerance for found in differences.values()) else 0)


def in_int8(proto: Any, config: Any, graph: Any, paths: list[str],
            size: tuple[int, int] | None) -> Any:
    """Return ``proto`` in 8-bit integers, and print how far it agrees with float32."""
    from mmseg.export.int8 import describe_agreement, quantize_onnx
    from mmseg.export.pages import calibration_pages
    quantized = quantize_onnx(proto, *calibration_pages(config, graph, paths, size))
    print(describe_agreement(quantized))
    return quantized.proto


def show(proto: Any, path: str, config: Any, image: str | None) -> None:
    """Print the graph, and open a window with the page as the file sees it."""
    import onnx

    from mmseg.apis import inference_segmentor, show_result_pyplot
    from mmseg.export import exported_model
    print(onnx.helper.printable_graph(proto.graph))
    if image is not None:
        exported = exported_model(path, config.model.get('test_cfg'))
        exported.cfg = config
        show_result_pyplot(exported, image, inference_segmentor(exported, image))
