"""A network of two layers whose logits can be told by hand."""
import pytest
import torch
from torch import nn

from mmseg.models.builder import BACKBONES, HEADS, build_segmentor
from mmseg.models.decode_heads.decode_head import BaseDecodeHead


@BACKBONES.register_module(force=True)
class PassThrough(nn.Module):
    """Gives the image itself, as a feature of three channels."""

    def forward(self, img: torch.Tensor) -> tuple[torch.Tensor]:
        return (img,)


@HEADS.register_module(force=True)
class IdentityHead(BaseDecodeHead):
    """Its logits are the first channels of the feature, times a weight that starts at 1."""

    def __init__(self, **kwargs):
        super().__init__(**{'in_channels': 3, 'channels': 3, 'num_classes': 3, **kwargs})
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, inputs):
        return inputs[0][:, :self.out_channels] * self.weight


@pytest.fixture
def build():
    """A function that builds a segmentor of these, with changes."""

    def make(**changes):
        config = dict(type='EncoderDecoder', backbone=dict(type='PassThrough'),
                      decode_head=dict(type='IdentityHead', in_channels=3), train_cfg=dict(),
                      test_cfg=dict(mode='whole'))
        return build_segmentor({**config, **changes})

    return make


@pytest.fixture
def meta():
    """A function that makes the metas of a page of some size."""

    def make(height, width, **changes):
        shape = (height, width, 3)
        return {**dict(ori_shape=shape, img_shape=shape, pad_shape=shape, flip=False,
                       filename='page.jpg'), **changes}

    return make
