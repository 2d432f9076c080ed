"""Costs that can be counted by hand."""
import mmcv
import pytest
from torch import nn

from mmseg.models.builder import BACKBONES
from mmseg.models.complexity import complexity
from mmseg.utils.errors import InputError


@BACKBONES.register_module(force=True)
class OneConv(nn.Module):
    """3 → 4 channels with a kernel of 3 x 3 at half the size, and perhaps one thing more."""

    def __init__(self, more: str = ''):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.more = {'norm': nn.BatchNorm2d(4), 'attention': nn.MultiheadAttention(4, 2),
                     'look': nn.ReLU()}.get(more)

    def forward(self, img):
        x = self.conv(img)
        if isinstance(self.more, nn.MultiheadAttention):
            tokens = x.flatten(2).permute(2, 0, 1)
            self.more(tokens, tokens, tokens)
        if isinstance(self.more, nn.ReLU) and x.sum() > 0:
            return [x + 1]
        return [x if not isinstance(self.more, nn.BatchNorm2d) else self.more(x)]


def config(**parts):
    head = dict(type='FCNHead', in_channels=4, in_index=0, channels=4, num_convs=0,
                concat_input=False, num_classes=5, norm_cfg=dict(type='BN'))
    return mmcv.Config(dict(model=dict(
        type='EncoderDecoder', backbone=dict(type='OneConv'), decode_head=head, **parts)))


# An image of 8 x 6 gives a map of 4 x 3: 12 pixels of 27 products for each of 4 channels, and of
# 4 products for each of 5 classes.
CONV, CLASSIFIER = 12 * 27 * 4, 12 * 4 * 5
WEIGHTS = (27 * 4 + 4) + (4 * 5 + 5)


def test_a_convolution_and_a_classifier():
    cost = complexity(config(), (8, 6))
    assert (cost.multiply_adds, cost.parameters) == (CONV + CLASSIFIER, WEIGHTS)


def test_the_page_type_head_counts_and_auxiliary_heads_only_as_parameters():
    cfg = config(cls_head=dict(type='ClsHead', num_classes=2, in_channels=4))
    cfg.model.auxiliary_head = cfg.model.decode_head
    cost = complexity(cfg, (8, 6))
    assert cost.multiply_adds == CONV + CLASSIFIER + 4 * 2
    assert cost.parameters == WEIGHTS + (4 * 2 + 2) + 25 and cost.training_only == 25


def test_norms_count_as_parameters_only():
    cfg = config()
    cfg.model.backbone.more = 'norm'
    cost = complexity(cfg, (8, 6))
    assert (cost.multiply_adds, cost.parameters) == (CONV + CLASSIFIER, WEIGHTS + 8)


def test_attention():
    cfg = config()
    cfg.model.backbone.more = 'attention'
    # query, key, value and output: 4 x 4 each; then queries with keys and weights with values
    attention = 4 * 12 * 4 * 4 + 2 * 12 * 12 * 4
    assert complexity(cfg, (8, 6)).multiply_adds == CONV + CLASSIFIER + attention


def test_a_deformable_convolution():
    plain = dict(type='ResNet', depth=18, base_channels=4, num_stages=1, strides=(1, ),
                 dilations=(1, ), out_indices=(0, ))
    dcn = dict(plain, dcn=dict(type='DCN', deform_groups=1, fallback_on_stride=False),
               stage_with_dcn=(True, ))
    cost = []
    for backbone in (plain, dcn):
        cfg = config()
        cfg.model.backbone = backbone
        cost.append(complexity(cfg, (64, 32)).multiply_adds)
    # two blocks, each with a second convolution that predicts 2 x 9 shifts on the map of 16 x 8
    # out of 4 channels of 3 x 3
    assert cost[1] - cost[0] == 2 * (16 * 8) * (4 * 9) * 18


def test_nothing_is_computed():
    # an image of this size would need 120 GB
    assert complexity(config(), (100_000, 100_000)).multiply_adds == (
        50_000**2 * (27 * 4 + 4 * 5))


def test_a_network_that_looks_at_the_numbers():
    cfg = config()
    cfg.model.backbone.more = 'look'
    with pytest.raises(InputError, match='EncoderDecoder cannot be counted for an image of 8 x 6'):
        complexity(cfg, (8, 6))


def test_a_part_of_a_config():
    with pytest.raises(InputError, match='the config has no model'):
        complexity(mmcv.Config(dict(data=dict())), (8, 6))
