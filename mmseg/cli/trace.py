"""Write a checkpoint as TorchScript, for programs without Python."""
from __future__ import annotations

import argparse

from mmseg.cli.export.options import add_graph_options, graph_of
from mmseg.cli.network import CHECKPOINT_HELP, CONFIG_HELP, network_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('--config-path', '--config_path',
                        help=f'{CONFIG_HELP} (default: its first one)')
    parser.add_argument('--model-path', '--model_path', help=CHECKPOINT_HELP)
    parser.add_argument('--img-path', '--img_path', required=True, help='a page to trace with')
    parser.add_argument('--dst-trace-path', '--dst_trace_path', required=True,
                        help='TorchScript file to write')
    add_graph_options(parser)
    parser.add_argument('--fixed-size', action='store_true',
                        help="for a network that cannot take other sizes than this page's")
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.apis import init_segmentor
    from mmseg.export import describe_trace, save_traced, trace_segmentor, with_input
    from mmseg.export.pages import example_page
    from mmseg.utils.checkpoint import trust_pickles

    trust_pickles(args.trust)
    model = init_segmentor(*network_of(args.config_path, args.model_path), device='cpu')
    graph = graph_of(args, model.cfg)
    example = example_page(model.cfg, graph, args.img_path)
    traced = trace_segmentor(model, example, graph, any_size=not args.fixed_size)
    info = describe_trace(model, model.cfg, graph)
    if args.fixed_size:
        info = with_input(info, example.shape[2:], pages=1)
    save_traced(traced, args.dst_trace_path, info)
    print(info.summary(args.dst_trace_path))
