"""Write a checkpoint as TorchScript, with the JSON file that a service reads."""
from __future__ import annotations

import argparse
import sys

from mmseg.cli.export.options import add_graph_options, graph_of, sides
from mmseg.cli.network import CONFIG_HELP, checkpoint_of
from mmseg.cli.options import DictAction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('config', help=CONFIG_HELP)
    parser.add_argument('--checkpoint', help='checkpoint (default: the weights of that name; '
                        'random weights of a config file)')
    parser.add_argument('--output-file', default='tmp.pt', help='file to write (default: tmp.pt)')
    parser.add_argument('--input-img', help='a page to trace with; noise without')
    parser.add_argument('--shape', type=int, nargs='+', default=None, metavar='PIXELS',
                        help='height and width of the input to trace with (default: 512 512, or '
                        'those of --input-img)')
    parser.add_argument('--show', action='store_true', help='print the graph')
    parser.add_argument('--verify', action='store_true',
                        help='print how far the file is from the model; exit with 1 where the '
                        'scores of a page differ by more than 1e-4')
    add_graph_options(parser)
    parser.add_argument('--fixed-size', action='store_true',
                        help="for a network that cannot take other sizes than the example's")
    parser.add_argument('--options', '--cfg-options', dest='cfg_options', nargs='+',
                        action=DictAction, metavar='KEY=VALUE', help='change config keys')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import init_segmentor
    from mmseg.export import compare, describe_trace, save_traced, trace_segmentor, with_input
    from mmseg.export.pages import example_page
    from mmseg.utils.checkpoint import trust_pickles
    from mmseg.utils.config import load_config

    trust_pickles(args.trust)
    size = sides(args.shape, '--shape')
    model = init_segmentor(load_config(args.config, args.cfg_options),
                           checkpoint_of(args.config, args.checkpoint), 'cpu')
    graph = graph_of(args, model.cfg)
    example = example_page(model.cfg, graph, args.input_img,
                           size or (None if args.input_img else (512, 512)))
    traced = trace_segmentor(model, example, graph, any_size=not args.fixed_size)
    if args.show:
        print(traced.inlined_graph)
    info = describe_trace(model, model.cfg, graph)
    if args.fixed_size:
        info = with_input(info, example.shape[2:], pages=1)
    save_traced(traced, args.output_file, info)
    print(info.summary(args.output_file))
    if args.verify:
        found = compare(model, traced, example, graph, info.threshold)
        print(found.table(info.classes, info.page_types))
        sys.exit(0 if found.agrees() else 1)
