"""Convert weights of github.com/HRNet/HRNet-Semantic-Segmentation."""
from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmseg.utils.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

_OURS = 'decode_head.1.object_context_block.'
_THEIRS = 'ocr_distri_head.object_context_block.'
# Prefix there -> prefix here. A norm there is the first of a pair with its ReLU.
HEADS = {
    'conv3x3_ocr.0.': 'decode_head.1.bottleneck.conv.',
    'conv3x3_ocr.1.': 'decode_head.1.bottleneck.bn.',
    **{f'{_THEIRS}{there}.{2 * step + place}.{norm}': f'{_OURS}{here}_project.{step}.{kind}.'
       for there, here in (('f_pixel', 'query'), ('f_object', 'key')) for step in (0, 1)
       for place, norm, kind in ((0, '', 'conv'), (1, '0.', 'bn'))},
    **{f'{_THEIRS}{there}.{place}.{norm}': f'{_OURS}{here}_project.{kind}.'
       for there, here in (('f_down', 'value'), ('f_up', 'out'))
       for place, norm, kind in ((0, '', 'conv'), (1, '0.', 'bn'))},
    'ocr_distri_head.conv_bn_dropout.0.': f'{_OURS}bottleneck.conv.',
    'ocr_distri_head.conv_bn_dropout.1.0.': f'{_OURS}bottleneck.bn.',
    'cls_head.': 'decode_head.1.conv_seg.',
}
COARSE = {'0.': 'convs.0.conv.', '1.': 'convs.0.bn.', '3.': 'conv_seg.'}
# With OCR it is the first of two heads, without it the only one.
HEADS.update({f'aux_head.{there}': f'decode_head.0.{here}' for there, here in COARSE.items()})
HEADS.update({f'last_layer.{there}': f'decode_head.{here}' for there, here in COARSE.items()})
BACKBONE = re.compile(r'(conv[12]|bn[12]|layer1|transition[123]|stage[234])\.')
# The classifier of ImageNet weights, and what the authors' trainer stores together with the
# network.
DROPPED = re.compile(r'(incre_modules|downsamp_modules|final_layer|classifier|loss)\.')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('src', help='file of that repository (.pth)')
    parser.add_argument('dst', help='checkpoint to write')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.checkpoint import read_local, save_atomically

    content = read_local(args.src)
    save_atomically(dict(state_dict=convert(content.get('state_dict', content)), meta={}), args.dst)


def convert(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under our names, of the same shapes; those of a backbone only without ``backbone.``
    before them.

    A convolution there may have a bias before its norm, here it has none: the norm subtracts the
    running mean, so that taking the bias from the mean gives the same numbers.

    Raises:
        InputError: A name that is none of that repository's.
    """
    weights = {re.sub(r'^(module\.)?(model\.)?', '', name): value
               for name, value in weights.items()}
    weights = {name: value for name, value in weights.items() if not DROPPED.match(name)}
    headless = not any(name.startswith(tuple(HEADS)) for name in weights)
    converted = {}
    for name, value in weights.items():
        prefix = next((prefix for prefix in HEADS if name.startswith(prefix)), None)
        if prefix is None and not BACKBONE.match(name):
            raise InputError(f"'{name}' is not a weight of HRNet or of HRNet with OCR")
        if prefix is not None:
            converted[HEADS[prefix] + name.removeprefix(prefix)] = value
        else:
            converted[name if headless else f'backbone.{name}'] = value
    for name in [name for name in converted if name.endswith('.conv.bias')]:
        mean = name.replace('.conv.bias', '.bn.running_mean')
        converted[mean] = converted[mean] - converted.pop(name)
    return converted
