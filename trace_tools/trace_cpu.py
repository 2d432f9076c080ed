"""Writes a checkpoint as TorchScript, for programs without Python."""
import argparse

from mmseg.apis import init_segmentor
from mmseg.apis.export import add_graph_options, example_page, graph_of
from mmseg.export import describe_trace, save_traced, trace_segmentor, with_input
from mmseg.utils.checkpoint import trust_pickles
from mmseg.utils.cli import command


def parse_args() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--config-path', '--config_path', required=True, help='config file')
    parser.add_argument('--model-path', '--model_path', required=True, help='checkpoint')
    parser.add_argument('--img-path', '--img_path', required=True, help='a page to trace with')
    parser.add_argument('--dst-trace-path', '--dst_trace_path', required=True,
                        help='TorchScript file to write')
    add_graph_options(parser)
    parser.add_argument('--fixed-size', action='store_true',
                        help="for a network that cannot take other sizes than this page's")
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')
    return parser.parse_args()


@command
def main() -> None:
    """Trace, and write the file."""
    args = parse_args()
    trust_pickles(args.trust)
    model = init_segmentor(args.config_path, args.model_path, device='cpu')
    graph = graph_of(args, model.cfg)
    example = example_page(model.cfg, graph, args.img_path)
    traced = trace_segmentor(model, example, graph, any_size=not args.fixed_size)
    info = describe_trace(model, model.cfg, graph)
    if args.fixed_size:
        info = with_input(info, example.shape[2:], pages=1)
    save_traced(traced, args.dst_trace_path, info)
    print(info.summary(args.dst_trace_path))


if __name__ == '__main__':
    main()
