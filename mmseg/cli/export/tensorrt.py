"""Make a TensorRT engine from an ONNX file, on a machine with TensorRT and an NVIDIA GPU."""
from __future__ import annotations

import argparse
import sys

from mmseg.cli.options import DictAction, add_replaced


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('config', help='config file')
    parser.add_argument('model', help='ONNX file')
    parser.add_argument('--trt-file', default='tmp.trt', help='engine to write (default: tmp.trt)')
    parser.add_argument('--max-shape', type=int, nargs=4, default=[1, 3, 400, 600],
                        metavar=('N', 'C', 'H', 'W'), help='largest input')
    parser.add_argument('--min-shape', type=int, nargs=4, default=[1, 3, 400, 600],
                        metavar=('N', 'C', 'H', 'W'), help='smallest input')
    parser.add_argument('--fp16', action='store_true', help='calculate in 16 bits where faster')
    parser.add_argument('--workspace-size', type=int, default=1,
                        help='memory for building it, in GiB (default: 1)')
    parser.add_argument('--input-img', help='a page to compare on; noise without')
    parser.add_argument('--dataset', help='no longer used: names and colours are next to the '
                        'ONNX file')
    parser.add_argument('--show', action='store_true', help='open a window with the page')
    parser.add_argument('--verify', action='store_true',
                        help='compare the engine with ONNX Runtime; exit with 1 above --tolerance')
    parser.add_argument('--tolerance', type=float, default=1e-2,
                        help='difference up to which both agree (default: 1e-2)')
    parser.add_argument('--verbose', action='store_true', help='print what TensorRT says')
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE', help='change config keys')
    shape = '--min-shape and --max-shape are those of the batches'
    inside = 'the preprocessing is next to the ONNX file'
    add_replaced(parser, {'--shape': shape, '--max-batch-size': shape, '--to-rgb': inside,
                          '--mean': inside, '--std': inside})


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    import torch

    from mmseg.apis import inference_segmentor, show_result_pyplot
    from mmseg.export import ExportedNetwork, build_engine, exported_model, write_sidecar
    from mmseg.export.graph import largest_difference
    from mmseg.export.pages import example_page
    from mmseg.utils.config import load_config
    from mmseg.utils.plotting import check_window

    if args.show and args.input_img:
        check_window('no --show')
    config = load_config(args.config, args.cfg_options)
    reference = ExportedNetwork(args.model)
    build_engine(args.model, args.trt_file, args.min_shape, args.max_shape, args.fp16,
                 args.workspace_size, args.verbose)
    write_sidecar(reference.info, args.trt_file)
    print(reference.info.summary(args.trt_file))
    difference = 0.
    if args.verify:
        page = example_page(config, reference.info.graph, args.input_img or None,
                            tuple(args.max_shape[2:]))
        engine = ExportedNetwork(args.trt_file, 'cuda')
        found = [part.cpu() for part in engine.run(page)]
        difference = largest_difference(list(reference.run(page)), found)
        print(f'largest difference from ONNX Runtime: {difference:.3g}')
    if args.show and args.input_img:
        exported = exported_model(args.trt_file, config.model.get('test_cfg'), 'cuda')
        exported.cfg = config
        with torch.no_grad():
            result = inference_segmentor(exported, args.input_img)
        show_result_pyplot(exported, args.input_img, result)
    sys.exit(0 if difference <= args.tolerance else 1)
