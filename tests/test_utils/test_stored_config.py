import pytest
import torch

from mmseg.utils.errors import InputError
from mmseg.utils.stored_config import config_inside


def stored(text):
    return config_inside('a.pth', dict(meta=dict(config=text)))


def test_a_config_is_read_as_data():
    found = stored("model = dict(type='EncoderDecoder', a=(1, -2.5), b=[None, True], c={'d': 'e'})")
    assert found.model.a == (1, -2.5) and found.model.b == [None, True] and found.model.c.d == 'e'


def test_where_weights_come_from_is_left_out():
    found = stored("model = dict(pretrained='http://a/b.pth', backbone=dict(type='TIMMBackbone', "
                   "model_name='resnet18', checkpoint_path='/x.pth', init_cfg=dict("
                   "type='Pretrained', checkpoint='open-mmlab://x')))")
    assert found.model == dict(backbone=dict(type='TIMMBackbone', model_name='resnet18',
                                             pretrained=False))


@pytest.mark.parametrize('text, why', [
    ("model = dict(decode_head=dict(loss_decode=[dict(class_weight='x.pkl')]))",
     'model.decode_head.loss_decode.0.class_weight is the name of a file'),
    ("model = dict(backbone=dict(type='TIMMBackbone', model_name='hf-hub:a/b'))",
     'model.backbone.model_name is an address'),
    ("model = dict(neck=dict(file='http://example.org/a.yaml'))", 'model.neck.file is a file'),
    ("model = dict(neck=dict(file='C:\\\\x.yaml'))", 'model.neck.file is a file'),
    ("data = dict(test=dict(pipeline=[dict(type='LoadImageFromFile'), dict(type='A', transforms=["
     "dict(type='LoadAnnotations')])]))", 'a LoadAnnotations follows the first step'),
    ("model = dict(neck=dict(channels=10**9))", 'malformed'),
    ("model = dict(neck=dict(channels=1000000000))", 'neck.channels is 1000000000, beyond'),
    ("import os", 'line 1 sets nothing'), ("model = __import__('os').system('x')", 'malformed'),
    ("model = [", 'never closed'), ("model = 5", 'model is not a dict'),
    ('model = ' + '(' * 100_000, 'nested|parentheses'),
    ('model = dict(a=' + '-' * 50_000 + '1)', 'nested|memory|malformed'),
    ('data = dict(test=dict(pipeline=[1, 2]))', 'not a config'), ('x' * 6_000_000, 'characters')])
def test_programs_files_and_addresses_are_refused(text, why):
    with pytest.raises(InputError, match=f'^the config in a.pth .*({why}).*--config$'):
        stored(text)


def test_a_checkpoint_without_a_config_says_so(tmp_path):
    file = tmp_path / 'a.pth'
    torch.save(dict(state_dict={}), file)
    with pytest.raises(InputError, match='a.pth does not hold its config: name the file with'):
        config_inside(file)
