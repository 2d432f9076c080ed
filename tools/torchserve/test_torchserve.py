#!/usr/bin/env python
"""Compare what a running TorchServe answers for a picture with the network itself."""
import argparse
import sys
import urllib.error
import urllib.request
from pathlib import Path

import cv2
import numpy as np

from mmseg.apis import inference_segmentor, init_segmentor
from mmseg.cli.entry import user_errors
from mmseg.core.visualization import save_image
from mmseg.utils.errors import InputError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('img', help='picture')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('model_name', help='under which TorchServe has the archive')
    parser.add_argument('--inference-addr', default='127.0.0.1:8080',
                        help='of TorchServe (default: %(default)s)')
    parser.add_argument('--result-image', help='write the painted page there')
    parser.add_argument('--device', default='cuda:0',
                        help="of the network to compare with; 'cpu' where there is no GPU")
    return parser.parse_args()


def served(address: str, model_name: str, picture: bytes) -> np.ndarray:
    """The label map (H, W) that TorchServe answers with."""
    request = urllib.request.Request(f'http://{address}/predictions/{model_name}', picture)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            png = answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise InputError(f'TorchServe does not answer at {address} for {model_name}: '
                         f'{error}') from error
    seg_map = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    if seg_map is None:
        raise InputError(f'{address} answered with something else than a PNG: {png[:80]!r}')
    return seg_map


@user_errors()
def main() -> None:
    args = parse_args()
    model = init_segmentor(args.config, args.checkpoint, args.device)
    result = inference_segmentor(model, args.img)[0]
    own = result['seg_map'] if isinstance(result, dict) else result
    other = served(args.inference_addr, args.model_name, Path(args.img).read_bytes())
    if args.result_image:
        save_image(args.result_image, model.show_result(args.img, [other]))
    if other.shape != own.shape or (other != own).any():
        print(f'they DIFFER in {(other != own).mean():.2%} of the pixels'
              if other.shape == own.shape else f'they DIFFER in size: {other.shape}, {own.shape}')
        sys.exit(1)
    print('TorchServe and the network agree')


if __name__ == '__main__':
    main()
