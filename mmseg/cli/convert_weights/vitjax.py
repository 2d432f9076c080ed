"""Convert weights of the ViT authors' JAX code (.npz) for VisionTransformer."""
from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mmseg.cli.convert_weights.options import add_weights_arguments

if TYPE_CHECKING:
    import torch

    from mmseg.utils.convert import State

DROPPED = r'head/|pre_logits/'
RENAMES = (
    (r'/', '.'),
    (r'^cls$', 'cls_token'),
    (r'^embedding\.', 'patch_embed.projection.'),
    (r'^Transformer\.posembed_input\.pos_embedding$', 'pos_embed'),
    (r'^Transformer\.encoder_norm\.', 'ln1.'),
    (r'^Transformer\.encoderblock_', 'layers.'),
    (r'\.LayerNorm_0\.', '.ln1.'),
    (r'\.LayerNorm_2\.', '.ln2.'),
    (r'\.MlpBlock_3\.Dense_0\.', '.ffn.layers.0.0.'),
    (r'\.MlpBlock_3\.Dense_1\.', '.ffn.layers.1.'),
    (r'\.MultiHeadDotProductAttention_1\.out\.', '.attn.attn.out_proj.'),
    (r'\.MultiHeadDotProductAttention_1\.', '.attn.'),
    (r'\.(kernel|scale)$', '.weight'),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    add_weights_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.utils.convert import convert

    convert(args.src, args.dst, edit, needs='Transformer/encoder_norm/scale', family='a ViT in JAX')


def as_torch(name: str, value: torch.Tensor) -> torch.Tensor:
    """A weight with torch's axes: ``(out, in)``, or ``(out, in, h, w)`` for patches."""
    if not name.endswith('.weight') or value.dim() == 1:
        return value.flatten() if name.endswith('.bias') else value
    if name.startswith('patch_embed'):
        return value.permute(3, 2, 0, 1).contiguous()
    # Attention has an axis of heads: of the input for the output projection, else of the output.
    matrix = value.flatten(0, -2) if '.out_proj.' in name else value.flatten(1)
    return matrix.t().contiguous()


def edit(state: State) -> State:
    """Projections of an attention that JAX keeps apart become one."""
    import torch

    from mmseg.utils.convert import rename
    weights = {name: as_torch(name, value)
               for name, value in rename(state, RENAMES, DROPPED).items()}
    result = {}
    for name, value in weights.items():
        layer, is_query, kind = name.partition('.attn.query.')
        if is_query:
            parts = [weights[f'{layer}.attn.{part}.{kind}'] for part in ('query', 'key', 'value')]
            result[f'{layer}.attn.attn.in_proj_{kind}'] = torch.cat(parts)
        elif '.attn.key.' not in name and '.attn.value.' not in name:
            result[name] = value
    return result
