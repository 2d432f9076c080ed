"""Reading and renaming of foreign checkpoints."""
import numpy as np
import pytest
import torch

from mmseg.utils.convert import convert, join_query, read_weights, rename
from mmseg.utils.errors import InputError

ONE = torch.ones(1)


@pytest.mark.parametrize('content', [
    {'a.weight': ONE, 'epoch': 3}, {'state_dict': {'module.a.weight': ONE}, 'epoch': 3},
    {'model': {'a.weight': ONE}, 'optimizer': {'state': {}}}])
def test_weights_wherever_they_lie(content, tmp_path):
    torch.save(content, tmp_path / 'x.pth')
    assert list(read_weights(str(tmp_path / 'x.pth'))) == ['a.weight']


def test_arrays(tmp_path):
    np.savez(tmp_path / 'x.npz', **{'a/kernel': np.array([2.5], np.float32)})
    assert read_weights(str(tmp_path / 'x.npz')) == {'a/kernel': torch.tensor([2.5])}


def test_files_without_weights(tmp_path):
    torch.save(dict(epoch=3), tmp_path / 'x.pth')
    with pytest.raises(InputError, match='x.pth holds no named tensors'):
        read_weights(str(tmp_path / 'x.pth'))
    with pytest.raises(InputError, match='x.npz not found'):
        read_weights(str(tmp_path / 'x.npz'))
    # An array of objects would be unpickled, and so could run code.
    np.savez(tmp_path / 'x.npz', a=np.array([{}]))
    with pytest.raises(InputError, match='is not a file of numpy arrays'):
        read_weights(str(tmp_path / 'x.npz'))


def test_names_change_rule_by_rule():
    state = {'blocks.0.norm1.bias': ONE, 'head.bias': ONE, 'decoder.head.bias': ONE}
    renames = ((r'^blocks\.', 'layers.'), (r'^layers\.(\d)\.norm', r'layers.\1.ln'))
    assert list(rename(state, renames, r'head\.')) == ['layers.0.ln1.bias', 'decoder.head.bias']


def test_queries_stand_before_keys_and_values():
    state = {'b.attn.kv.bias': torch.tensor([2, 3]), 'b.attn.q.bias': torch.tensor([1]),
             'b.attn.q.weight': torch.tensor([[4]]), 'b.attn.kv.weight': torch.tensor([[5], [6]]),
             'b.attn.proj.bias': ONE, 'c.attn.qkv.bias': ONE, 'c.attn.proj.bias': ONE}
    joined = join_query(state)
    assert sorted(joined) == ['b.attn.attn.in_proj_bias', 'b.attn.attn.in_proj_weight',
                              'b.attn.attn.out_proj.bias', 'c.attn.proj.bias', 'c.attn.qkv.bias']
    assert joined['b.attn.attn.in_proj_bias'].tolist() == [1, 2, 3]
    assert joined['b.attn.attn.in_proj_weight'].tolist() == [[4], [5], [6]]


def test_a_query_without_keys():
    with pytest.raises(InputError, match='b.attn.q.bias but no b.attn.kv.bias'):
        join_query({'b.attn.q.bias': ONE})


def test_nothing_is_written_where_the_conversion_fails(tmp_path):
    torch.save({'a': ONE}, tmp_path / 'x.pth')
    with pytest.raises(InputError, match="not a checkpoint of Y: it has no 'b'"):
        convert(str(tmp_path / 'x.pth'), str(tmp_path / 'y.pth'), dict, needs='b', family='Y')
    assert [path.name for path in tmp_path.iterdir()] == ['x.pth']
