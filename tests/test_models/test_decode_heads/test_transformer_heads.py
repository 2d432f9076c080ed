"""Heads on transformers: numbers of the reference, and what their configs can get wrong."""
import pytest
import torch
from torch import nn

from mmseg.models.builder import build_head
from mmseg.utils.errors import InputError

BN = dict(type='BN')
COMMON = dict(channels=8, num_classes=3, norm_cfg=BN)
UP = dict(type='SETRUPHead', in_channels=16, **COMMON)
MLA = dict(type='SETRMLAHead', in_channels=[8] * 4, in_index=[0, 1, 2, 3], mla_channels=2, **COMMON)
SEGFORMER = dict(type='SegformerHead', **COMMON)
DPT = dict(type='DPTHead', in_channels=[8] * 4, in_index=[0, 1, 2, 3], embed_dims=8,
           post_process_channels=[4, 6, 8, 10], **COMMON)
SEGMENTER = dict(type='SegmenterMaskTransformerHead', in_channels=12, embed_dims=8, channels=8)

TOKENS = torch.sin((torch.arange(16, dtype=torch.float64) + 558) * 1.7).view(2, 8).float()

# Logits (the mean of their squares and those of a pixel) and losses of MMSegmentation 0.30.0
# under the same weights and inputs.
ROWS = [
    (dict(UP, kernel_size=1), .05904, (-.07484, -.01705, .17392), 1.0663),
    (dict(UP, num_convs=4, up_scale=2, dropout_ratio=0), .00366, (.09067, .03183, .05844), 1.0369),
    (MLA, .00888, (.09879, -.10991, -.09474), 1.0181),
    (dict(SEGFORMER, in_channels=[4, 6, 8], in_index=[0, 1, 2]), .00537,
     (-.00999, -.07845, .04625), 1.0152),
    (dict(SEGFORMER, in_channels=[4, 8], in_index=[0, 2], align_corners=True,
          act_cfg=dict(type='LeakyReLU')), .02826, (-.14972, -.082, .18234), 1.0958),
    (dict(DPT, readout_type='project'), .01822, (.14803, -.11303, -.14717), 1.022),
    (dict(DPT, readout_type='add'), .01802, (.1852, -.10151, -.17255), 1.023),
    (dict(DPT, align_corners=True, act_cfg=dict(type='LeakyReLU'), norm_cfg=None), .01644,
     (.15849, -.09198, -.13608), 1.0149),
    (dict(SEGMENTER, num_layers=2, num_heads=2, num_classes=3), .88023,
     (.74653, .44794, -1.49193), 1.2608),
    (dict(SEGMENTER, num_layers=1, num_heads=4, num_classes=5, mlp_ratio=2, num_fcs=3,
          qkv_bias=False, act_cfg=dict(type='ReLU'), norm_cfg=dict(type='LN', eps=1e-3),
          dropout_ratio=0), .84575, (-.01839, .41201, .95761), 1.5554),
]
IDS = [f'{i}-{row[0]["type"]}' for i, row in enumerate(ROWS)]


@pytest.fixture
def inputs(waves):
    """Function: what the backbone of a head of this config gives."""
    def make(cfg):
        if cfg['type'] == 'SegformerHead':
            return [waves(2, c, 8 // 2**i, 12 // 2**i) for i, c in enumerate((4, 6, 8))]
        width = {'SETRUPHead': 16, 'SegmenterMaskTransformerHead': 12}.get(cfg['type'], 8)
        maps = [waves(2, width, 6, 5) * (i + 1) / 2 for i in range(4)]
        return [[x, TOKENS] for x in maps] if cfg['type'] == 'DPTHead' else maps
    return make


@pytest.mark.parametrize('cfg, square, pixel, loss', ROWS, ids=IDS)
def test_logits_are_those_of_the_reference(cfg, square, pixel, loss, filled, inputs):
    with torch.no_grad():
        logits = filled(build_head(cfg)).forward_test(inputs(cfg), None, None)
    assert logits.square().mean().item() == pytest.approx(square, abs=1e-4)
    assert logits[1, :3, 1, 2].tolist() == pytest.approx(pixel, abs=1e-4)


@pytest.mark.parametrize('cfg, square, pixel, loss', ROWS, ids=IDS)
def test_losses_are_those_of_the_reference(cfg, square, pixel, loss, filled, inputs):
    head = filled(build_head(cfg)).train()
    for module in head.modules():
        if isinstance(module, (nn.Dropout, nn.Dropout2d)):
            module.p = 0
        if hasattr(module, 'drop_prob'):
            module.drop_prob = 0
    label = torch.arange(2 * 24 * 20).view(2, 1, 24, 20) % 3
    label[:, :, :2] = 255
    got = head.forward_train(inputs(cfg), [{}, {}], label, None)
    assert set(got) == {'loss_ce', 'acc_seg'}
    assert got['loss_ce'].item() == pytest.approx(loss, abs=2e-4)


def test_segformer_resizes_by_the_nearest_pixel_too(inputs):
    cfg = dict(SEGFORMER, in_channels=[4, 6, 8], in_index=[0, 1, 2], interpolate_mode='nearest')
    assert build_head(cfg)(inputs(cfg)).shape == (2, 3, 8, 12)


def test_dpt_widths_that_grow(inputs):
    head = build_head(dict(DPT, post_process_channels=[2, 2, 2, 2], expand_channels=True))
    assert head.post_process_channels == [2, 4, 8, 16]
    assert head(inputs(DPT)).shape == (2, 3, 48, 48)


@pytest.mark.parametrize('readout', ['ignore', 'add', 'project'])
def test_dpt_reads_the_class_token_or_not(readout, filled, inputs):
    head = filled(build_head(dict(DPT, readout_type=readout)))
    before = inputs(DPT)
    after = [[x, token + 1] for x, token in before]
    assert torch.equal(head(before), head(after)) == (readout == 'ignore')


def test_segmenter_starts_as_a_transformer_does():
    head = build_head(dict(SEGMENTER, num_layers=1, num_heads=2, num_classes=3, in_channels=512))
    head.init_weights()
    assert head.dec_proj.weight.std().item() == pytest.approx(.02, rel=.1)
    assert head.cls_emb.abs().max() < .1  # five standard deviations; before, it is one of 1
    assert head.dec_proj.bias.eq(0).all() and head.mask_norm.weight.eq(1).all()


def test_segmenter_compares_directions_alone(filled, inputs):
    head = filled(build_head(dict(SEGMENTER, num_layers=1, num_heads=2, num_classes=3)))
    before = head(inputs(SEGMENTER))
    with torch.no_grad():
        head.patch_proj.weight *= 3
    torch.testing.assert_close(head(inputs(SEGMENTER)), before)


@pytest.mark.parametrize('cfg, sentence', [
    (dict(UP, kernel_size=2), 'kernel_size=2; expected 1 or 3'),
    (dict(MLA, mla_channels=3), 'channels=8, but mla_channels=3 from 4 features make 12'),
    (dict(DPT, readout_type='projects'), "readout_type='projects'; expected one of"),
    (dict(DPT, post_process_channels=[4, 8]), r'post_process_channels=\[4, 8\]; .* four maps'),
    (dict(SEGMENTER, num_layers=1, num_heads=3, num_classes=3),
     'embed_dims=8 .* among num_heads=3')])
def test_configs_that_cannot_be(cfg, sentence):
    with pytest.raises(InputError, match=sentence):
        build_head(cfg)


def test_dpt_needs_the_class_token(waves):
    with pytest.raises(InputError, match='set output_cls_token=True'):
        build_head(DPT)([waves(2, 8, 6, 5)] * 4)


def test_dpt_with_another_width(waves):
    features = [[waves(2, 6, 6, 5), waves(2, 6)]] * 4
    with pytest.raises(InputError, match='in_channels=8 but .* 6 channels'):
        build_head(DPT)(features)
