import pytest
import torch

from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError

NORM = dict(type='BN')


def segmentor(**train_cfg):
    return build_segmentor(dict(
        type='EncoderDecoder',
        backbone=dict(type='ResNetV1c', depth=18, base_channels=4, norm_cfg=NORM),
        decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=8, num_classes=5,
                         norm_cfg=NORM, loss_decode=dict(type='CrossEntropyLoss')),
        cls_head=dict(type='ClsHead', num_classes=2), train_cfg=train_cfg,
        test_cfg=dict(mode='whole')))


def losses(model):
    return model.forward_train(torch.rand(2, 3, 32, 32), [dict(cls_label=0)] * 2,
                               torch.zeros(2, 1, 32, 32, dtype=torch.long))


def test_frozen_parts_stay_as_they_are():
    model = segmentor(frozen=['backbone', 'decode_head']).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = losses(model)
    assert all(name.startswith('cls.') for name in found)
    found['cls.loss_ce'].backward()
    optimizer = torch.optim.SGD(model.parameters(), lr=1., weight_decay=.1)
    optimizer.step()
    changed = {name.split('.')[0] for name, value in model.state_dict().items()
               if not torch.equal(value, before[name])}
    assert changed == {'cls_head'}
    assert not any(module.training for module in model.backbone.modules())
    assert model.cls_head.training


def test_nothing_is_frozen_without_the_key():
    model = segmentor().train()
    assert {'decode.loss_ce', 'cls.loss_ce'} <= set(losses(model))
    assert all(module.training for module in model.modules())
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize('names, sentence', [
    (['backbon'], r"names 'backbon' \(did you mean 'backbone'\?\)"),
    ('line_head', "names 'line_head'.*; the parts are backbone, decode_head, cls_head"),
    (['backbone', 'decode_head', 'cls_head'], 'leave one to train'),
])
def test_unknown_parts_and_nothing_left(names, sentence):
    with pytest.raises(InputError, match=sentence):
        segmentor(frozen=names)
