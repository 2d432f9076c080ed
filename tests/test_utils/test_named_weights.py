import hashlib
import json

import pytest
import torch
from safetensors.torch import save_file

from mmseg.utils import named_weights
from mmseg.utils.checkpoint import read_local
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError
from mmseg.utils.named_weights import (
    NamedWeights,
    exported_file,
    read_safetensors,
    write_safetensors,
)

STATE = {'conv.weight': torch.full((2, 3, 1, 1), 1 / 3), 'bn.running_var': torch.tensor([1e6, 1.]),
         'bn.num_batches_tracked': torch.tensor(7), 'ema_conv_weight': torch.ones(2, 3, 1, 1)}
META = {'CLASSES': ['background', 'text'], 'PALETTE': [[0, 0, 0], [1, 2, 3]], 'config': 'model = 1'}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with the network ``small``."""
    (tmp_path / 'small.py').write_text("model = dict(type='EncoderDecoder')")
    file = tmp_path / 'small.safetensors'
    sha256 = write_safetensors(dict(state_dict=STATE, meta=META), file)
    entry = NamedWeights('small', tmp_path / 'small.py', file, sha256, 'a small network')
    monkeypatch.setattr(named_weights, '_index', lambda: {'small': entry})
    return entry


def test_weights_come_back_in_float32_with_the_names_of_the_classes(package):
    content = read_local('small')
    assert content['state_dict'].keys() == {'conv.weight', 'bn.running_var'}
    assert content['state_dict']['conv.weight'].dtype is torch.float32
    assert content['state_dict']['conv.weight'][0, 0, 0, 0] == torch.tensor(1 / 3).half().float()
    assert content['state_dict']['bn.running_var'].tolist() == [1e6, 1.]  # above float16's range
    assert content['meta']['CLASSES'] == ['background', 'text']
    assert 'config' not in content['meta']
    assert package.sha256 == hashlib.sha256(package.file.read_bytes()).hexdigest()


def test_moving_averages_take_the_place_of_the_weights(tmp_path):
    file = tmp_path / 'a.safetensors'
    write_safetensors(dict(state_dict=STATE), file, averaged=True)
    state = read_local(file)['state_dict']
    assert state['conv.weight'].eq(1).all() and state['bn.running_var'][0] == 1e6
    plain = {name: value for name, value in STATE.items() if not name.startswith('ema_')}
    with pytest.raises(InputError, match='holds no moving averages'):
        write_safetensors(dict(state_dict=plain), file, averaged=True)


def test_a_name_is_a_config_too(package):
    assert load_config('small').model.type == 'EncoderDecoder'


def test_an_unknown_name_lists_the_known_ones(package):
    with pytest.raises(InputError, match='smal not found; the package has the networks small'):
        load_config('smal')
    with pytest.raises(InputError, match='checkpoint smal not found; the package has the networks'):
        read_local('smal')


def test_a_changed_file_is_refused(package):
    content = bytearray(package.file.read_bytes())
    content[-1] ^= 1
    package.file.write_bytes(content)
    with pytest.raises(InputError, match="not the file that 'small' came with"):
        read_local('small')
    package.file.unlink()
    with pytest.raises(InputError, match="weights of 'small' are missing"):
        read_local('small')


def test_a_changed_onnx_file_or_its_weights_are_refused(package, tmp_path):
    with pytest.raises(InputError, match="'small' has no file for int8 in the package"):
        exported_file(package, 'int8')
    graph = tmp_path / 'small.onnx'
    graph.write_bytes(b'graph')
    sha256 = hashlib.sha256(b'graph').hexdigest()
    package = package._replace(exported={'onnxruntime': (graph, sha256)})
    assert exported_file(package, 'onnxruntime') == graph
    package.file.write_bytes(b'others')
    with pytest.raises(InputError, match="small.safetensors is not the file that 'small' came"):
        exported_file(package, 'onnxruntime')
    graph.write_bytes(b'another')
    with pytest.raises(InputError, match="small.onnx is not the file that 'small' came with"):
        exported_file(package, 'onnxruntime')


def test_a_package_without_weights_says_so(monkeypatch):
    monkeypatch.setattr(named_weights, '_index', lambda: {})
    assert named_weights.names() == ()
    with pytest.raises(InputError, match='has no weights'):
        named_weights.default_name()


@pytest.mark.parametrize('content', [b'', b'\xff' * 8, b'\x08\0\0\0\0\0\0\0{"a": 1}'])
def test_damaged_files(tmp_path, content):
    file = tmp_path / 'a.safetensors'
    file.write_bytes(content)
    with pytest.raises(InputError, match='not a safetensors file or is damaged'):
        read_safetensors(file)


def test_the_index_of_the_package_holds_what_lies_in_its_folder():
    for name in named_weights.names():
        entry = named_weights.find_weights(name)
        assert entry.config.is_file()
        files = [(entry.file, entry.sha256), *entry.exported.values()]
        assert tuple(entry.exported) == ('onnxruntime', 'int8')
        assert sum(file.stat().st_size for file, _ in files) <= 12_000_000
        for file, sha256 in files:
            assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256
        json.dumps(entry.summary)


def test_a_header_that_is_nested_without_end(tmp_path):
    save_file({'a': torch.zeros(1)}, tmp_path / 'a.safetensors', {'mmseg': '[' * 100_000})
    with pytest.raises(InputError, match='not a safetensors file .*nested too deep'):
        read_safetensors(tmp_path / 'a.safetensors')
