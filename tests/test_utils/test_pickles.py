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
