"""Writes a checkpoint as TorchScript, for programs without Python."""
import argparse

from mmseg.apis import init_segmentor, prepare_image
from mmseg.export import base_view, describe_trace, save_traced, trace_segmentor
from mmseg.utils.checkpoint import trust_pickles
from mmseg.utils.cli import DictAction, command


def parse_args() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--config-path', '--config_path', required=True, help='config file')
    parser.add_argument('--model-path', '--model_path', required=True, help='checkpoint')
    parser.add_argument('--img-path', '--img_path', required=True, help='a page to trace with')
    parser.add_argument('--dst-trace-path', '--dst_trace_path', required=True,
                        help='TorchScript file to write')
    parser.add_argument('--scales', type=float, nargs='+', default=[1.0],
                        help='views to bake in, as ratios to the page, such as 0.5 1.0')
    parser.add_argument('--flip', action='store_true', help='bake in the mirror image of each view')
    parser.add_argument('--layers', nargs='+', action=DictAction, metavar='CLASS=SCALE[,SCALE]',
                        help="scales that a class listens to, such as validline=1.0; with several "
                             "scales the config's test_cfg.layers count by default")
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
    example, _ = base_view(prepare_image(model.cfg, args.img_path))
    views = {'layers': args.layers, 'scales': args.scales, 'flip': args.flip}
    traced = trace_segmentor(model, example, any_size=not args.fixed_size, **views)
    save_traced(traced, args.dst_trace_path,
                describe_trace(model, model.cfg.data.test.pipeline, **views))
    height, width = example.shape[2:]
    sizes = f'{height}x{width} alone' if args.fixed_size else 'any size'
    print(f'{args.dst_trace_path}: takes pages (N, 3, H, W) of {sizes}, normalised')


if __name__ == '__main__':
    main()
