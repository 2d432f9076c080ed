"""Answer for pages over HTTP, with a web page to try it on."""
from __future__ import annotations

import argparse

from mmseg.cli.network import ANY_BACKEND, ANY_BACKEND_HELP
from mmseg.utils.errors import InputError

# Pages that are computed at the same time on a CPU; the scores of each are in memory.
MOST_TOGETHER = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' POST /layout takes a picture or a PDF and gives its regions, GET '
        '/health and GET /metrics tell how it does, / is the web page. Whoever reaches the port '
        'may use it: only this machine unless --host says otherwise.')
    parser.add_argument('model', metavar='MODEL', nargs='?',
                        help='checkpoint, TorchScript file, ONNX file, or the name of a network in '
                        'the package (default: its first one)')
    parser.add_argument('--config', help='config of a checkpoint (default: the one inside)')
    parser.add_argument('--host', default='127.0.0.1',
                        help='address to listen at; 0.0.0.0 for others (default: %(default)s)')
    parser.add_argument('--port', type=int, default=8080,
                        help='port to listen at (default: %(default)s)')
    parser.add_argument('--device', default='cpu', help="'cpu' or 'cuda' (default: %(default)s)")
    parser.add_argument('--backend', choices=ANY_BACKEND, help=ANY_BACKEND_HELP)
    parser.add_argument('--batch', type=int, metavar='N',
                        help='pages of different requests that go through the network together, '
                        'at most (default: 4 on a GPU, 1 on a CPU, which gains nothing by more)')
    parser.add_argument('--max-mb', type=float, default=50., metavar='MB',
                        help='size of a file in megabytes, at most (default: %(default)s)')
    parser.add_argument('--max-pages', type=int, default=50, metavar='N',
                        help='pages of a file, at most (default: %(default)s)')
    parser.add_argument('--max-megapixels', type=float, default=16., metavar='N',
                        help='size of a page in millions of pixels, at most (default: %(default)s)')
    parser.add_argument('--queue', type=int, default=64, metavar='N',
                        help='requests that are answered or wait; one more gets 503 '
                        '(default: %(default)s)')
    parser.add_argument('--trust', action='store_true',
                        help='read a checkpoint with pickled objects, which can run code')


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: The extra 'serve' is not installed.
    """
    import torch

    from mmseg.utils.checkpoint import trust_pickles

    trust_pickles(args.trust)
    try:
        from mmseg.serve.app import ServiceOptions, create_app
        from mmseg.serve.server import prepare_process, server
    except ImportError as error:
        raise InputError(f"the service needs {error.name}: install the extra 'serve' (pip install "
                         "'mmseg-layout[serve]')") from error
    from mmseg.apis import open_predictor
    batch = args.batch if args.batch is not None else 1 if args.device == 'cpu' else 4
    on_cores = args.device == 'cpu' and batch == 1
    together = min(torch.get_num_threads(), MOST_TOGETHER) if on_cores else 1
    options = ServiceOptions(batch=batch, together=together, max_bytes=int(args.max_mb * 1e6),
                             max_pages=args.max_pages, max_requests=args.queue,
                             max_pixels=int(args.max_megapixels * 1e6))
    app = create_app(open_predictor(args.model, args.config, args.device, batch, args.backend),
                     options)
    prepare_process()
    print(f'http://{args.host}:{args.port} (Ctrl-C ends it)', flush=True)
    server(app, args.host, args.port).run()
