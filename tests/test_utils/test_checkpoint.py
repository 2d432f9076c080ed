"""Checkpoints: safe to read, whole when written, refused where they do not fit."""
import hashlib
import io
import logging
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mmseg.utils import checkpoint as module
from mmseg.utils.checkpoint import load_weights, read_local, read_url, save_atomically
from mmseg.utils.errors import InputError


class Anything:
    """A class that a checkpoint should not bring along."""


@pytest.fixture
def net():
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def test_plain_values_and_numpy_numbers_are_read(tmp_path):
    content = dict(state_dict={'w': torch.ones(2)}, meta=dict(
        best=np.float64(.5), palette=np.array([[1, 2, 3]], np.uint8), names=('a', 'b')))
    save_atomically(content, tmp_path / 'c.pth')
    loaded = read_local(tmp_path / 'c.pth')
    assert loaded['meta']['best'] == .5
    assert loaded['meta']['palette'].tolist() == [[1, 2, 3]]
    assert loaded['state_dict']['w'].tolist() == [1, 1]


def test_pickled_objects_are_refused_unless_trusted(tmp_path, monkeypatch):
    torch.save(dict(state_dict={}, extra=Anything()), tmp_path / 'c.pth')
    with pytest.raises(InputError, match=r'Anything.*--trust'):
        read_local(tmp_path / 'c.pth')
    monkeypatch.setattr(module, '_trust_pickles', True)
    assert isinstance(read_local(tmp_path / 'c.pth')['extra'], Anything)


@pytest.mark.parametrize('content', [b'', b'no checkpoint at all', b'PK\x03\x04 cut off'])
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    (tmp_path / 'c.pth').write_bytes(content)
    with pytest.raises(InputError, match='c.pth is not a checkpoint or is damaged'):
        read_local(tmp_path / 'c.pth')


def test_a_missing_file():
    with pytest.raises(InputError, match='nowhere.pth not found'):
        read_local('nowhere.pth')


def test_an_address_out_of_reach_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match='download the file by hand'):
        read_url('http://127.0.0.1:9/none.pth', model_dir=str(tmp_path))
    assert not any(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    save_atomically(dict(a=1), tmp_path / 'c.pth')

    def full(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(torch, 'save', full)
    with pytest.raises(InputError, match='cannot write .*c.pth .*No space left'):
        save_atomically(dict(a=2), tmp_path / 'c.pth')
    monkeypatch.undo()
    assert read_local(tmp_path / 'c.pth') == dict(a=1)
    assert os.listdir(tmp_path) == ['c.pth']


def test_weights_fit_with_or_without_the_prefix_of_a_wrapper(net):
    other = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    state = {f'module.{name}': value for name, value in net.state_dict().items()}
    load_weights(other, dict(state_dict=state), 'c.pth')
    assert torch.equal(other[0].weight, net[0].weight)


def test_unknown_names_are_not_an_error(net, caplog):
    state = {**net.state_dict(), 'auxiliary_head.weight': torch.ones(1)}
    log = logging.getLogger('test')
    with caplog.at_level(logging.WARNING, 'test'):
        load_weights(net, state, 'c.pth', logger=log)
    assert '1 names of the file are unknown to it (such as auxiliary_head.weight)' in caplog.text


def test_another_architecture_is_refused_with_counts(net):
    state = dict(net.state_dict())
    state['0.weight'] = torch.ones(5, 5)
    del state['1.bias']
    with pytest.raises(InputError, match=r'of its 7 names 1 are missing in the file '
                                         r'\(such as 1.bias\), 1 have another shape '
                                         r'\(such as 0.weight of 5 x 5 instead of 3 x 2\)'):
        load_weights(net, state, 'c.pth')


def test_fine_tuning_goes_on_where_most_fits(net):
    state = {name: value for name, value in net.state_dict().items() if name != '1.bias'}
    load_weights(net, state, 'c.pth', strict=False)
    with pytest.raises(InputError, match='another architecture'):
        load_weights(net, {'other': torch.ones(1)}, 'c.pth', strict=False)


def test_no_state_dict(net):
    with pytest.raises(InputError, match='c.pth has no state_dict'):
        load_weights(net, dict(meta={}), 'c.pth')


@pytest.fixture
def web(monkeypatch):
    """Files by their addresses, and how often each was fetched."""
    files, fetched = {}, []

    def fetch(address, path):
        fetched.append(address)
        Path(path).write_bytes(files[address])

    monkeypatch.setattr(torch.hub, 'download_url_to_file', fetch)
    return files, fetched


def packed(value):
    stream = io.BytesIO()
    torch.save(dict(state_dict=dict(weight=torch.tensor(value))), stream)
    return stream.getvalue()


@pytest.mark.parametrize('name', ['latest.pth', 'net-0123abcd.pth', 'latest.pth?version=2'])
def test_two_addresses_with_one_file_name(web, tmp_path, name):
    files, fetched = web
    for number in (1, 2):
        files[f'http://host{number}/{name}'] = packed(float(number))
    for _ in range(2):
        for number, address in enumerate(list(files), 1):
            read = read_url(address, model_dir=str(tmp_path))
            assert read['state_dict']['weight'].item() == number
    assert len(fetched) == 2


def test_a_file_that_torch_has_kept_is_taken_where_its_hash_is_right(web, tmp_path):
    files, fetched = web
    content = packed(3.)
    name = f'net-{hashlib.sha256(content).hexdigest()[:8]}.pth'
    (tmp_path / name).write_bytes(content)
    read = read_url(f'https://host/{name}', model_dir=str(tmp_path))
    assert read['state_dict']['weight'].item() == 3 and not fetched
