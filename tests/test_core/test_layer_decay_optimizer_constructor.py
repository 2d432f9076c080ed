"""Learning rates that fall from the head to the first layer."""
import pytest
import torch
from torch import nn

from mmseg.core import build_optimizer
from mmseg.core.optimizers.layer_decay_optimizer_constructor import (
    get_layer_id_for_convnext,
    get_layer_id_for_vit,
    get_stage_id_for_convnext,
)
from mmseg.utils.errors import InputError


class ConvNeXt(nn.Module):
    """Parameters named as those of ConvNeXt, with four blocks in the third stage."""

    def __init__(self):
        super().__init__()
        self.downsample_layers = nn.ModuleList(nn.Linear(1, 1) for _ in range(4))
        self.stages = nn.ModuleList(
            nn.ModuleList(nn.Linear(1, 1) for _ in range(depth)) for depth in (1, 1, 4, 1))
        self.norm3 = nn.LayerNorm(1)


class BEiT(nn.Module):
    """Parameters named as those of BEiT, with two layers."""

    def __init__(self):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, 1))
        self.patch_embed = nn.Linear(1, 1)
        self.layers = nn.ModuleList(nn.Linear(1, 1) for _ in range(2))


class MAE(BEiT):
    """A kind of BEiT."""


class Segmentor(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone, self.decode_head = backbone, nn.Linear(1, 1)


def build(backbone, constructor='LearningRateDecayOptimizerConstructor', **paramwise_cfg):
    cfg = dict(type='AdamW', lr=1., weight_decay=0.1, constructor=constructor,
               paramwise_cfg=paramwise_cfg)
    return build_optimizer(Segmentor(backbone), cfg)


def rates(optimizer):
    """Learning rate of each parameter."""
    return {name: group['lr'] for group in optimizer.param_groups for name in group['param_names']}


@pytest.mark.parametrize('name, layer', [
    ('backbone.pos_embed', 0), ('backbone.downsample_layers.0.0.weight', 0),
    ('backbone.stages.0.2.gamma', 1), ('backbone.downsample_layers.1.0.weight', 2),
    ('backbone.stages.1.0.gamma', 2), ('backbone.downsample_layers.2.1.bias', 3),
    ('backbone.stages.2.2.gamma', 3), ('backbone.stages.2.3.gamma', 4),
    ('backbone.stages.2.26.gamma', 11), ('backbone.downsample_layers.3.0.weight', 12),
    ('backbone.stages.3.1.gamma', 12), ('backbone.norm3.weight', 13),
    ('decode_head.conv_seg.weight', 13)])
def test_layers_of_convnext(name, layer):
    assert get_layer_id_for_convnext(name, 12) == layer


@pytest.mark.parametrize('name, stage', [
    ('backbone.downsample_layers.3.0.weight', 0), ('backbone.stages.0.0.gamma', 1),
    ('backbone.stages.3.2.gamma', 4), ('backbone.norm3.weight', 7), ('neck.0.weight', 7)])
def test_stages_of_convnext(name, stage):
    assert get_stage_id_for_convnext(name, 8) == stage


@pytest.mark.parametrize('name, layer', [
    ('backbone.cls_token', 0), ('backbone.patch_embed.projection.weight', 0),
    ('backbone.layers.0.ln1.weight', 1), ('backbone.layers.11.gamma_1', 12),
    ('decode_head.conv_seg.weight', 13)])
def test_layers_of_a_plain_transformer(name, layer):
    assert get_layer_id_for_vit(name, 14) == layer


def test_stages_of_convnext_learn_slower_towards_the_image():
    got = rates(build(ConvNeXt(), num_layers=6, decay_rate=0.5, decay_type='stage_wise'))
    # 6 + 2 groups: the head learns at lr * 0.5**0, the stages at 0.5**(7 - stage)
    assert got['decode_head.weight'] == got['backbone.norm3.weight'] == 1
    assert got['backbone.stages.3.0.weight'] == 0.5**3
    assert got['backbone.stages.0.0.weight'] == 0.5**6
    assert got['backbone.downsample_layers.3.weight'] == 0.5**7


def test_three_blocks_of_convnexts_third_stage_make_a_layer():
    got = rates(build(ConvNeXt(), num_layers=6, decay_rate=0.5, decay_type='layer_wise'))
    assert got['decode_head.weight'] == 1
    assert got['backbone.stages.3.0.weight'] == 0.5
    assert got['backbone.stages.2.3.weight'] == 0.5**3
    assert got['backbone.stages.2.2.weight'] == 0.5**4


@pytest.mark.parametrize('backbone, constructor, key', [
    (BEiT, 'LayerDecayOptimizerConstructor', 'layer_decay_rate'),
    (MAE, 'LayerDecayOptimizerConstructor', 'layer_decay_rate'),
    (MAE, 'LearningRateDecayOptimizerConstructor', 'decay_rate')])
def test_groups_of_a_transformer(backbone, constructor, key):
    optimizer = build(backbone(), constructor, num_layers=2, **{key: 0.5})
    summary = [(g['group_name'], g['param_names'], g['lr_scale'], g['lr'], g['weight_decay'])
               for g in optimizer.param_groups]
    assert summary == [
        ('layer_0_decay', ['backbone.cls_token', 'backbone.patch_embed.weight'], .125, .125, .1),
        ('layer_0_no_decay', ['backbone.patch_embed.bias'], .125, .125, 0),
        ('layer_1_decay', ['backbone.layers.0.weight'], .25, .25, .1),
        ('layer_1_no_decay', ['backbone.layers.0.bias'], .25, .25, 0),
        ('layer_2_decay', ['backbone.layers.1.weight'], .5, .5, .1),
        ('layer_2_no_decay', ['backbone.layers.1.bias'], .5, .5, 0),
        ('layer_3_decay', ['decode_head.weight'], 1, 1, .1),
        ('layer_3_no_decay', ['decode_head.bias'], 1, 1, 0)]


def test_frozen_weights_are_left_out():
    backbone = BEiT()
    backbone.layers[0].requires_grad_(False)
    assert 'backbone.layers.0.weight' not in rates(build(backbone, num_layers=2, decay_rate=.5))


@pytest.mark.parametrize('paramwise_cfg, sentence', [
    (dict(num_layers=2), 'needs paramwise_cfg.decay_rate'),
    (dict(num_layers=2, decay_rat=.5), "'decay_rat' .did you mean 'decay_rate'"),
    (dict(num_layers=2, decay_rate=.5, decay_type='stage_wise'), 'backbone of type BEiT')])
def test_what_cannot_be_built(paramwise_cfg, sentence):
    with pytest.raises(InputError, match=sentence):
        build(BEiT(), **paramwise_cfg)


def test_a_backbone_of_ones_own_counts_as_the_one_whose_name_it_has():
    class ToyConvNeXt(nn.Module):
        def __init__(self):
            super().__init__()
            self.stages = nn.ModuleList(nn.ModuleList([nn.Linear(1, 1)]) for _ in range(4))

    class ToyBEiT(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(1, 1) for _ in range(2))

    stages = rates(build(ToyConvNeXt(), num_layers=6, decay_rate=.5, decay_type='stage_wise'))
    layers = rates(build(ToyBEiT(), num_layers=2, decay_rate=.5))
    assert stages['backbone.stages.3.0.weight'] == .125
    assert layers['backbone.layers.1.weight'] == .5
