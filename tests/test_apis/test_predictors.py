import resource

import numpy as np
import pytest
import torch
from mmcv import Config

from mmseg.apis.predictors import open_predictor
from mmseg.models import build_segmentor
from mmseg.utils.checkpoint import read_local
from mmseg.utils.errors import InputError

LIMITS = resource.getrlimit(resource.RLIMIT_AS)


def test_files_of_another_kind_are_named(tmp_path):
    with pytest.raises(InputError, match='none.pth not found'):
        open_predictor(str(tmp_path / 'none.pth'))
    other = tmp_path / 'other.pth'
    other.write_bytes(b'something')
    with pytest.raises(InputError, match='other.pth is not a checkpoint or is damaged'):
        open_predictor(str(other))
    torch.save(dict(state_dict={}, meta={}), other)
    with pytest.raises(InputError, match='does not hold its config: name the file with --config'):
        open_predictor(str(other))
    for text in ('model = [', f"open({str(tmp_path / 'made')!r}, 'w')", 'model = print(3)',
                 f"model = dict(a=open({str(tmp_path / 'made')!r}, 'w'))"):
        torch.save(dict(state_dict={}, meta=dict(config=text)), other)
        with pytest.raises(InputError, match='the config in .* cannot be read'):
            open_predictor(str(other))
    assert not (tmp_path / 'made').exists()  # the text is not run
    torch.save(dict(state_dict={}, meta=dict(config='model = [')), other)
    with pytest.raises(InputError, match='the config in .* cannot be read'):
        open_predictor(str(other))


def test_exported_files_are_known_by_what_is_in_them(tmp_path):
    traced = tmp_path / 'model.pt'
    torch.jit.script(torch.nn.Identity()).save(str(traced))
    with pytest.raises(InputError, match='model.pt .*(describe|info|JSON|json)'):
        open_predictor(str(traced))
    with pytest.raises(InputError, match='is an exported file, which needs no config'):
        open_predictor(str(traced), config='config.py')
    named = tmp_path / 'latest.pth'
    traced.rename(named)
    with pytest.raises(InputError, match='latest.pth is called like a checkpoint, but is a Torch'):
        open_predictor(str(named))  # nobody expects it to run
    with pytest.raises(InputError, match='latest.pth is a TorchScript program, not a checkpoint'):
        read_local(named)
    onnx = tmp_path / 'model.onnx'
    onnx.write_bytes(b'something')
    with pytest.raises(InputError, match='model.onnx'):
        open_predictor(str(onnx))


SMALL = '''
model = dict(
    type='EncoderDecoder', backbone=dict(type='ResNetV1c', depth=18, base_channels=4,
                                         stem_channels=4),
    decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=4, num_convs=1,
                     num_classes=2), test_cfg=dict(mode='whole'))
data = dict(test=dict(type='CustomDataset', classes=('background', 'text'), pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(64, 64), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True),
        dict(type='Normalize', mean=[0., 0., 0.], std=[1., 1., 1.], to_rgb=True),
        dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]))
'''


def test_a_checkpoint_brings_its_config(tmp_path):
    model = build_segmentor(Config.fromstring(SMALL, '.py').model)
    file = tmp_path / 'latest.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=dict(
        config=SMALL, CLASSES=('background', 'text'), PALETTE=[[0, 0, 0], [0, 9, 0]])), file)
    predictor = open_predictor(str(file))
    assert predictor.classes == ('background', 'text') and predictor.page_classes == ()
    page, = predictor.predict([np.zeros((40, 30, 3), np.uint8)])
    assert page.seg.shape == (2, 40, 30) and page.cls is None
    torch.save(dict(state_dict=model.state_dict(), meta=dict(
        config=SMALL.replace('std=[1., 1., 1.]', "std=['', '', '']"))), file)
    with pytest.raises(InputError, match='Normalize cannot be made with'):
        open_predictor(str(file))
    torch.save(dict(state_dict=model.state_dict(), meta=dict(
        config=SMALL.replace("type='ImageToTensor'", "type='Transpose', order=(0, 1, 2)"))), file)
    with pytest.raises(InputError, match='the config in .* describes does not answer for a page'):
        open_predictor(str(file))


@pytest.mark.parametrize('old, new, words', [
    ('base_channels=4', 'base_channels=4000', 'network of more than 10,[0-9,]+ numbers, too many'),
    ('channels=4, num', 'channels=900000, num', 'network of more than 10,[0-9,]+ numbers'),
    ('num_convs=1', 'num_convs=100000', r'network of more than 1[0-9],[0-9]{3} layers, too many'),
    ('(64, 64)', '(12000, 12000)', 'does not answer for a page')])
def test_a_network_too_large_for_its_weights_is_not_made(old, new, words, tmp_path, monkeypatch):
    if 'page' in words:
        monkeypatch.setattr('mmseg.apis.predictors.MEMORY', 1 << 28)
    model = build_segmentor(Config.fromstring(SMALL, '.py').model)
    file = tmp_path / 'latest.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=dict(config=SMALL)), file)
    assert open_predictor(str(file)).classes == ('background', 'text')
    assert SMALL.count(old) == 1
    torch.save(dict(state_dict=model.state_dict(),
                    meta=dict(config=SMALL.replace(old, new))), file)
    with pytest.raises(InputError, match=f'^the config in .*latest.pth describes a {words}'
                       if words[:7] == 'network' else words):
        open_predictor(str(file))
    assert resource.getrlimit(resource.RLIMIT_AS) == LIMITS
