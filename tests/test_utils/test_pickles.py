"""Results out of pickle files, and what else such files may hold."""
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.pickles import read_pickle


class Harmful:
    def __reduce__(self):
        return os.mkdir, ('harm', )


@pytest.mark.parametrize('protocol', range(2, 6))
def test_arrays_and_plain_values(tmp_path, protocol):
    content = [OrderedDict(seg_map=np.arange(6).reshape(2, 3), cls_label=1,
                           cls_scores=np.float32([.5, .5]), best=np.float64(2))]
    (tmp_path / 'a.pkl').write_bytes(pickle.dumps(content, protocol))
    found, = read_pickle(tmp_path / 'a.pkl')
    assert found['seg_map'].tolist() == [[0, 1, 2], [3, 4, 5]] and found['best'] == 2


def test_nothing_in_a_file_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a.pkl').write_bytes(pickle.dumps([Harmful()]))
    with pytest.raises(InputError, match=r'it holds \w+.mkdir, and pickled objects can run code'):
        read_pickle('a.pkl')
    assert not (tmp_path / 'harm').exists()
    read_pickle('a.pkl', trust=True)
    assert (tmp_path / 'harm').exists()


@pytest.mark.parametrize('protocol', range(6))
def test_values_are_those_that_pickle_gives(tmp_path, protocol):
    content = dict(rows=np.arange(6).reshape(2, 3), columns=np.asfortranarray(np.eye(2)[:, :1]),
                   bits=np.array([True, False]), words=np.array(['ab', 'c']),
                   letters=np.array([b'a']), swapped=np.arange(3, dtype='>i4'),
                   none=np.zeros((0, 4)), one=np.array(3),
                   real=np.float64(2), truth=np.bool_(True), text='ä', raw=b'\0\xff', empty=b'',
                   large=2**100, nothing=None, pair=(1, [2., (3, )]), again=None,
                   **{'ordered': OrderedDict(a=1)})
    content['again'] = content['rows']
    data = pickle.dumps(content, protocol)
    (tmp_path / 'a.pkl').write_bytes(data)
    found, expected = read_pickle(tmp_path / 'a.pkl'), pickle.loads(data)
    assert found.keys() == expected.keys() and found['again'] is found['rows']
    for key, value in expected.items():
        assert type(found[key]) is type(value), key
        if isinstance(value, np.ndarray):
            assert (found[key].dtype, found[key].shape) == (value.dtype, value.shape), key
            np.testing.assert_array_equal(found[key], value)
        else:
            assert found[key] == value, key


def array_of(dtype="X\x02\x00\x00\x00f8", state='<', shape=b'K\x02K\x03\x86', content=48):
    """A pickle of an array, written by hand: what its parts say may be wrong."""
    state = (b'(K\x03X\x01\x00\x00\x00' + state.encode() + b'NNN'
             + 2 * b'J\xff\xff\xff\xff' + b'K\x00t')
    return (b'\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R'
            + b'(K\x01' + shape + b'cnumpy\ndtype\n' + dtype.encode('latin-1') + b'\x89\x88\x87R'
            + state + b'b\x89C' + bytes([content]) + b'\0' * content + b'tb.')


def test_an_array_written_by_hand(tmp_path):
    (tmp_path / 'a.pkl').write_bytes(array_of())
    assert read_pickle(tmp_path / 'a.pkl').tolist() == [[0, 0, 0], [0, 0, 0]]


# What numpy's code in C would believe, and what would take memory or time without end.
_NESTED = b'\x80\x02)' + b'q\x00h\x00h\x00\x86' * 60
CRASHES = dict(
    shape=array_of(shape=b'K\x02K\x04\x86'), huge=array_of(shape=b'J\xff\xff\xff\x7fK\x03\x86'),
    negative=array_of(shape=b'J\xff\xff\xff\xffK\x03\x86'), not_numbers=array_of(shape=b'NN\x86'),
    objects=array_of("X\x02\x00\x00\x00O8"), fields=array_of("X\x05\x00\x00\x00f8,f8"),
    nothing=array_of("X\x02\x00\x00\x00S0", '|'), order=array_of(state='x'),
    no_values=array_of(shape=b'K\x00J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87', content=0),
    keys=_NESTED + b'q\x01}h\x01K\x01s.', called=b'\x80\x02cnumpy\nndarray\nM\xe8\x03\x85R.',
    long_bytes=b'\x80\x04\x8e' + (1 << 40).to_bytes(8, 'little') + b'a.',
    long_array=b'\x80\x05\x96' + (1 << 40).to_bytes(8, 'little') + b'a.',
    state=b'\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01sb.')


@pytest.mark.parametrize('kind', CRASHES)
def test_a_file_that_says_more_than_it_has(tmp_path, kind):
    (tmp_path / 'a.pkl').write_bytes(CRASHES[kind])
    with pytest.raises(InputError, match='a.pkl is not (a pickle file|read, since)'):
        read_pickle(tmp_path / 'a.pkl')


def test_kinds_of_objects_that_results_do_not_have(tmp_path):
    (tmp_path / 'a.pkl').write_bytes(pickle.dumps({1, 2}))
    with pytest.raises(InputError, match='objects of a kind that results do not have'):
        read_pickle(tmp_path / 'a.pkl')
    assert read_pickle(tmp_path / 'a.pkl', trust=True) == {1, 2}


# a type of numpy whose state is not one: a SystemError of its C code
STRANGE_TYPE = (b'\x80\x02cnumpy\ndtype\nX\x02\x00\x00\x00f4\x89\x88\x87R'
                b'(KNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.')


@pytest.mark.parametrize('content', [b'', b'no pickle', b'\x80\x04\x95', STRANGE_TYPE])
def test_files_that_are_not_pickles(tmp_path, content):
    (tmp_path / 'a.pkl').write_bytes(content)
    with pytest.raises(InputError, match='a.pkl is not a pickle file'):
        read_pickle(tmp_path / 'a.pkl')
    with pytest.raises(InputError, match='b.pkl not found'):
        read_pickle(tmp_path / 'b.pkl')
