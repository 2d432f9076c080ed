"""A segmentor of a few hand-set weights, with everything that a trace has to carry over."""
import pytest
import torch
from torch import nn

from mmseg.models import build_segmentor
from mmseg.models.builder import BACKBONES, HEADS
from mmseg.ops import ModulatedDeformConv2dPack


@BACKBONES.register_module()
class HalvingBackbone(nn.Module):
    """The page at half its size; with a deformable layer behind where wanted."""

    def __init__(self, deformable: bool = False, norm: type[nn.Module] = nn.BatchNorm2d) -> None:
        super().__init__()
        self.norm = norm(3)
        self.layer = ModulatedDeformConv2dPack(3, 3, 3, padding=1) if deformable else nn.Identity()

    def forward(self, img):
        return [self.layer(self.norm(nn.functional.avg_pool2d(img, 2, ceil_mode=True)))]


@HEADS.register_module()
class ChannelHead(nn.Module):
    """A class for each colour channel: the logits are the feature itself."""

    align_corners, num_classes, out_channels = False, 3, 3

    def forward_test(self, inputs, img_metas, test_cfg):
        return inputs[0]


@HEADS.register_module()
class SingleChannelHead(ChannelHead):
    """Foreground where red is bright."""

    num_classes, out_channels, threshold = 2, 1, 0.5

    def forward_test(self, inputs, img_metas, test_cfg):
        return inputs[0][:, :1]


@HEADS.register_module()
class BrightnessHead(nn.Module):
    """Two page types: the more red, the more the first."""

    def __init__(self, in_channels: int = 3, in_index: int = -1) -> None:
        super().__init__()

    def forward(self, inputs):
        mean = inputs[-1].mean(dim=(2, 3))
        return torch.stack([mean[:, 0], mean[:, 1]], dim=1)


@pytest.fixture
def make_model():
    """Return a function that builds the segmentor, in eval mode."""

    def make(cls_head=True, head='ChannelHead', **backbone):
        model = build_segmentor(dict(
            type='EncoderDecoder', backbone=dict(type='HalvingBackbone', **backbone),
            decode_head=dict(type=head), test_cfg=dict(mode='whole'),
            cls_head=dict(type='BrightnessHead', in_channels=3) if cls_head else None))
        model.CLASSES, model.PAGE_CLASSES = ('red', 'green', 'blue'), ('warm', 'cold')
        return model.eval()

    return make


@pytest.fixture
def page():
    """Return a page (1, 3, 12, 16): its left half red, its right half blue, a green square."""
    img = torch.zeros(1, 3, 12, 16)
    img[:, 0, :, :8] = 9
    img[:, 2, :, 8:] = 9
    img[:, :, 4:8, 10:14] = 0
    img[:, 1, 4:8, 10:14] = 9
    return img
