"""Weights of HRNet's own repository: their names, and the numbers that they give here."""
import sys

import pytest
import torch
import torch.nn.functional as F

from mmseg.cli import run_script
from mmseg.cli.convert_weights.hrnet_ocr import convert
from mmseg.models.backbones.hrnet import HRModule
from mmseg.models.builder import build_head, build_segmentor
from mmseg.models.utils import BasicBlock
from mmseg.utils.checkpoint import load_weights, read_local
from mmseg.utils.errors import InputError

WIDTHS, MID, KEY, CLASSES = [2, 3, 4, 5], 6, 4, 3
COMMON = dict(in_channels=WIDTHS, in_index=(0, 1, 2, 3), input_transform='resize_concat',
              num_classes=CLASSES, norm_cfg=dict(type='BN'), align_corners=True)
FCN = dict(type='FCNHead', channels=14, num_convs=1, kernel_size=1, concat_input=False, **COMMON)
OCR = dict(type='OCRHead', channels=MID, ocr_channels=KEY, **COMMON)


def conv(name, source, target, size=1, bias=False):
    """Weights of a convolution of that repository."""
    made = {f'{name}.weight': torch.randn(target, source, size, size) / (source * size)**.5}
    return {**made, f'{name}.bias': torch.randn(target)} if bias else made


def norm(name, width):
    """Weights of a norm of that repository."""
    return {f'{name}.weight': torch.rand(width) + .5, f'{name}.bias': torch.randn(width),
            f'{name}.running_mean': torch.randn(width),
            f'{name}.running_var': torch.rand(width) + 1}


@pytest.fixture
def theirs():
    """The heads of a checkpoint in that repository's naming."""
    torch.manual_seed(0)
    total, block = sum(WIDTHS), 'ocr_distri_head.object_context_block'
    weights = {**conv('conv3x3_ocr.0', total, MID, 3, bias=True), **norm('conv3x3_ocr.1', MID),
               **conv('aux_head.0', total, total, bias=True), **norm('aux_head.1', total),
               **conv('aux_head.3', total, CLASSES, bias=True),
               **conv('cls_head', MID, CLASSES, bias=True)}
    for name in ('f_pixel', 'f_object'):
        weights |= {**conv(f'{block}.{name}.0', MID, KEY), **norm(f'{block}.{name}.1.0', KEY),
                    **conv(f'{block}.{name}.2', KEY, KEY), **norm(f'{block}.{name}.3.0', KEY)}
    return weights | {
        **conv(f'{block}.f_down.0', MID, KEY), **norm(f'{block}.f_down.1.0', KEY),
        **conv(f'{block}.f_up.0', KEY, MID), **norm(f'{block}.f_up.1.0', MID),
        **conv('ocr_distri_head.conv_bn_dropout.0', 2 * MID, MID),
        **norm('ocr_distri_head.conv_bn_dropout.1.0', MID)}


def run(weights, x, *names):
    """``x`` through convolutions and norms with a ReLU, named in turn; a single name is bare."""
    for name, after in zip(names[::2], [*names[1::2], None]):
        weight = weights[f'{name}.weight']
        x = F.conv2d(x, weight, weights.get(f'{name}.bias'), padding=weight.shape[2] // 2)
        if after is not None:
            x = F.batch_norm(x, *(weights[f'{after}.{part}'] for part in (
                'running_mean', 'running_var', 'weight', 'bias'))).relu()
    return x


def reference(weights, features):
    """Logits of both heads (Yuan et al., 2020, section 3.2) from weights in that naming."""
    size = features[0].shape[2:]
    x = torch.cat([F.interpolate(part, size, mode='bilinear', align_corners=True)
                   for part in features], dim=1)
    coarse = run(weights, x, 'aux_head.0', 'aux_head.1', 'aux_head.3')
    x = run(weights, x, 'conv3x3_ocr.0', 'conv3x3_ocr.1')
    regions = coarse.flatten(2).softmax(2) @ x.flatten(2).transpose(1, 2)
    regions = regions.transpose(1, 2).unsqueeze(3)
    block = 'ocr_distri_head.object_context_block.'
    query, key = (run(weights, part, *(f'{block}{name}.{i}' for i in ('0', '1.0', '2', '3.0')))
                  for part, name in ((x, 'f_pixel'), (regions, 'f_object')))
    value = run(weights, regions, f'{block}f_down.0', f'{block}f_down.1.0')
    fit = (query.flatten(2).transpose(1, 2) @ key.flatten(2) / KEY**.5).softmax(2)
    context = (fit @ value.flatten(2).transpose(1, 2)).transpose(1, 2).unflatten(2, size)
    context = run(weights, context, f'{block}f_up.0', f'{block}f_up.1.0')
    x = run(weights, torch.cat([context, x], dim=1), 'ocr_distri_head.conv_bn_dropout.0',
            'ocr_distri_head.conv_bn_dropout.1.0')
    return coarse, run(weights, x, 'cls_head')


def load(head, converted, prefix):
    """The head in evaluation with all its weights from the converted file."""
    own = {name.removeprefix(prefix): value for name, value in converted.items()
           if name.startswith(prefix)}
    result = head.load_state_dict(own, strict=False)
    assert not result.unexpected_keys
    assert all(name.endswith('num_batches_tracked') for name in result.missing_keys)
    return head.eval()


@pytest.mark.filterwarnings('ignore:align_corners')
def test_heads_give_the_numbers_of_that_repository(theirs):
    converted = convert({f'module.model.{name}': value for name, value in theirs.items()}
                        | {'module.loss.criterion.weight': torch.ones(CLASSES)})
    fcn = load(build_head(FCN), converted, 'decode_head.0.')
    ocr = load(build_head(OCR), converted, 'decode_head.1.')
    features = [torch.randn(2, width, 8 // 2**i, 8 // 2**i) for i, width in enumerate(WIDTHS)]
    coarse, fine = reference(theirs, features)
    with torch.no_grad():
        ours = fcn(features)
        torch.testing.assert_close(ours, coarse, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(ocr(features, ours), fine, atol=1e-5, rtol=1e-4)


def test_whole_file(theirs, tmp_path, monkeypatch):
    stages = {f'stage{n}': dict(num_modules=1, num_branches=n, block='BASIC', num_blocks=(1, ) * n,
                                num_channels=WIDTHS[:n]) for n in (2, 3, 4)}
    stages['stage1'] = dict(num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(1, ),
                            num_channels=(2, ))
    model = build_segmentor(dict(type='CascadeEncoderDecoder', num_stages=2,
                                 backbone=dict(type='HRNet', extra=stages),
                                 decode_head=[dict(FCN), dict(OCR)]))
    body = {name: torch.rand_like(value) if value.is_floating_point() else value
            for name, value in model.backbone.state_dict().items()}
    torch.save(dict(state_dict=theirs | body), tmp_path / 'theirs.pth')
    monkeypatch.setattr(sys, 'argv', ['', str(tmp_path / 'theirs.pth'), str(tmp_path / 'ours.pth')])
    run_script('convert-weights hrnet-ocr')
    load_weights(model, read_local(tmp_path / 'ours.pth'), 'ours.pth')
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, body[name])
    assert torch.equal(model.decode_head[1].conv_seg.bias, theirs['cls_head.bias'])


def test_network_without_ocr(theirs):
    plain = {name.replace('aux_head', 'last_layer'): value for name, value in theirs.items()
             if name.startswith('aux_head')}
    converted = convert(plain | {'conv1.weight': torch.zeros(1)})
    load(build_head(FCN), converted, 'decode_head.')
    assert 'backbone.conv1.weight' in converted


def test_imagenet_weights_are_those_of_a_backbone():
    weights = {name: torch.zeros(1) for name in (
        'conv1.weight', 'stage4.2.fuse_layers.0.1.0.weight', 'incre_modules.0.0.conv1.weight',
        'downsamp_modules.0.0.weight', 'final_layer.0.weight', 'classifier.bias')}
    assert list(convert(weights)) == ['conv1.weight', 'stage4.2.fuse_layers.0.1.0.weight']


def test_foreign_names_are_refused():
    with pytest.raises(InputError, match="'layer4.0.conv1.weight' is not a weight of HRNet"):
        convert({'layer4.0.conv1.weight': torch.zeros(1)})


def test_backbone_can_keep_the_corners_as_there_too():
    module = HRModule(2, BasicBlock, (1, 1), (2, 2), (2, 2), align_corners=True)
    *_, enlarge = module.fuse_layers[0][1]
    coarse = torch.rand(1, 2, 3, 3)
    assert torch.equal(enlarge(coarse)[..., ::5, ::5], coarse[..., ::2, ::2])
