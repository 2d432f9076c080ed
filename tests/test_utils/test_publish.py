"""Checkpoints to hand on."""
import hashlib
import json

import pytest
import torch

from mmseg.utils.checkpoint import read_local
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError
from mmseg.utils.publish import add_to_package, publish, without_training


@pytest.fixture
def trained(tmp_path):
    """A checkpoint as a training leaves it."""
    file = tmp_path / 'iter_2.pth'
    torch.save(dict(state_dict={'conv.weight': torch.arange(3.)},
                    optimizer={'state': {0: torch.ones(100_000)}},
                    meta=dict(CLASSES=('a', 'b'), PAGE_CLASSES=('document', 'slide'), iter=2,
                              hook_msgs=dict(best_ckpt='/home/me/best.pth'))), file)
    return file


def test_weights_and_names_stay(trained, tmp_path):
    file = publish(trained, tmp_path / 'out' / 'model.pth')
    digits = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    assert file == tmp_path / 'out' / f'model-{digits}.pth'
    assert list((tmp_path / 'out').iterdir()) == [file]  # nothing else
    content = read_local(file)
    assert content['state_dict']['conv.weight'].tolist() == [0, 1, 2]
    assert content['meta'] == dict(CLASSES=('a', 'b'), PAGE_CLASSES=('document', 'slide'), iter=2)
    assert set(content) == {'state_dict', 'meta'}
    assert file.stat().st_size < 3000 < 400_000 < trained.stat().st_size


def test_the_same_weights_give_the_same_name(trained, tmp_path):
    assert publish(trained, tmp_path / 'a.pth').name[1:] == publish(trained,
                                                                    tmp_path / 'b.pth').name[1:]


def test_a_name_that_ends_in_letters_of_the_suffix(trained, tmp_path):
    # str.rstrip('.pth') would leave 'dee'
    assert publish(trained, tmp_path / 'deepth.pth').name.startswith('deepth-')
    assert publish(trained, tmp_path / 'plain').name.startswith('plain-')


def test_a_bare_state_dict_becomes_a_checkpoint():
    weights = {'weight': torch.ones(1)}
    assert without_training(weights, 'x') == {'state_dict': weights, 'meta': {}}


def test_what_cannot_be_published(trained, tmp_path):
    with pytest.raises(InputError, match='is a folder: give the name of a file in it'):
        publish(trained, tmp_path)
    with pytest.raises(InputError, match='x has no weights: it has epoch'):
        without_training({'epoch': 3}, 'x')
    with pytest.raises(InputError, match='x holds a list'):
        without_training([1], 'x')


def test_a_network_for_the_package_is_three_files(trained, tmp_path):
    config = tmp_path / 'config.py'
    config.write_text("_base_ = './base.py'\n")
    (tmp_path / 'base.py').write_text("model = dict(type='EncoderDecoder')\n")
    folder = tmp_path / 'weights'
    for name, default in (('first', False), ('second', False), ('third', True)):
        add_to_package(trained, str(config), name, folder, 'a network', default=default)
    add_to_package(trained, str(config), 'second', folder, 'another')
    index = json.loads((folder / 'index.json').read_text())
    assert [(entry['name'], entry['summary']) for entry in index] == [
        ('third', 'a network'), ('first', 'a network'), ('second', 'another')]
    assert load_config(str(folder / 'first.py')).load_from == 'first'
    assert load_config(str(folder / 'first.py')).model.type == 'EncoderDecoder'
    content = read_local(folder / 'first.safetensors')
    assert content['state_dict']['conv.weight'].tolist() == [0, 1, 2]
    assert content['meta'] == dict(CLASSES=['a', 'b'], PALETTE=None,
                                   PAGE_CLASSES=['document', 'slide'])
    digest = hashlib.sha256((folder / 'first.safetensors').read_bytes()).hexdigest()
    assert index[1]['sha256'] == digest
    with pytest.raises(InputError, match="not 'My Network'"):
        add_to_package(trained, str(config), 'My Network', folder, '')


def test_offsets_of_classes_are_in_the_bias(trained, tmp_path):
    checkpoint = tmp_path / 'bias.pth'
    torch.save(dict(state_dict={'decode_head.conv_seg.bias': torch.tensor([1., 2.]),
                                'ema_decode_head_conv_seg_bias': torch.tensor([3., 4.])},
                    meta=dict(CLASSES=('a', 'b'))), checkpoint)
    config = tmp_path / 'config.py'
    config.write_text("model = dict(type='EncoderDecoder')\n")

    def bias(**options):
        file = add_to_package(str(checkpoint), str(config), 'net', tmp_path / 'out', '', **options)
        return read_local(file)['state_dict']['decode_head.conv_seg.bias'].tolist()

    assert bias() == [1, 2]
    assert bias(offsets={'b': -.5}) == [1, 1.5]
    assert bias(offsets={'a': 1, 'b': .25}, averaged=True) == [4, 4.25]
    with pytest.raises(InputError, match="for the class 'c'; the network knows a, b"):
        bias(offsets={'c': 1})
    with pytest.raises(InputError, match='has no decode_head.conv_seg.bias'):
        add_to_package(str(trained), str(config), 'net', tmp_path / 'out', '', offsets={'a': 1})
