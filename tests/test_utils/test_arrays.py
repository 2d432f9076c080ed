"""Numbers out of numpy's files, and what else such files may say."""
import zipfile

import numpy as np
import pytest

from mmseg.utils import arrays
from mmseg.utils.arrays import read_array, read_arrays
from mmseg.utils.errors import InputError


def write_npy(path, header, content=b'\0' * 32):
    head = header.encode().ljust(117) + b'\n'
    path.write_bytes(b'\x93NUMPY\x01\x00' + len(head).to_bytes(2, 'little') + head + content)


def test_numbers_of_a_file_and_of_an_archive(tmp_path):
    np.save(tmp_path / 'a.npy', np.array([[1, 2], [3, 4]]))
    found = read_array(tmp_path / 'a.npy')
    assert found.tolist() == [[1, 2], [3, 4]] and type(found) is np.ndarray
    found[0, 0] = 9  # in memory alone
    assert read_array(tmp_path / 'a.npy')[0, 0] == 1
    np.save(tmp_path / 'none.npy', np.zeros((0, 3)))
    assert read_array(tmp_path / 'none.npy').shape == (0, 3)
    np.savez(tmp_path / 'a.npz', x=np.array([1.5]), y=np.array('text'))
    assert read_arrays(tmp_path / 'a.npz') == {'x': np.array([1.5]), 'y': np.array('text')}


@pytest.mark.parametrize('descr, shape', [
    ("'<f8'", '(10000000000,)'), ("'<f8'", '(-1,)'), ("'<f8'", '(5,)'), ("'<f8'", '(True,)'),
    ("'<f8'", '(4611686018427387904, 4)'), ("'|O'", '(1,)'), ("'<U500000000'", '(3,)'),
    ("'<U2'", '(4,)'), ("[('a', '<f8')]", '(4,)'), ("'|V0'", '(3000000000,)'), ("'?8'", '(1,)')])
@pytest.mark.filterwarnings('ignore:overflow:RuntimeWarning')
def test_a_header_that_lies(tmp_path, descr, shape):
    write_npy(tmp_path / 'a.npy', f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}")
    with pytest.raises(InputError, match=r'a\.npy (cannot be read as an array|holds an array of)'):
        read_array(tmp_path / 'a.npy')


def test_a_header_that_is_no_python(tmp_path):
    write_npy(tmp_path / 'a.npy', "{'descr': '<f8', 'fortran_order': False, 'shape': (4,")
    with pytest.raises(InputError, match=r'a\.npy cannot be read as an array'):
        read_array(tmp_path / 'a.npy')


def test_what_is_no_file_of_arrays(tmp_path):
    for function in (read_array, read_arrays):
        with pytest.raises(InputError, match='none.npy not found'):
            function(tmp_path / 'none.npy')
        (tmp_path / 'a').write_bytes(b'PK\x03\x04')
        with pytest.raises(InputError, match='/a '):
            function(tmp_path / 'a')
    np.savez(tmp_path / 'a.npz', x=1)
    with pytest.raises(InputError, match='cannot be read as an array: it holds several'):
        read_array(tmp_path / 'a.npz')
    np.savez(tmp_path / 'a.npz', x=np.array([{}]))
    with pytest.raises(InputError, match='a.npz is not a file of numpy arrays'):
        read_arrays(tmp_path / 'a.npz')


def test_an_archive_that_unpacks_to_more_than_it_may(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / 'a.npz', x=np.zeros(100_000))
    monkeypatch.setattr(arrays, 'MAX_BYTES', 500_000)
    with pytest.raises(InputError, match='unpacks to 0.0 GB; at most'):
        read_arrays(tmp_path / 'a.npz')
    with zipfile.ZipFile(tmp_path / 'a.npz') as archive:
        assert archive.infolist()[0].compress_size < 5_000
    np.savez(tmp_path / 'b.npz', x=np.zeros(100_000))  # as large as the file itself
    assert read_arrays(tmp_path / 'b.npz')['x'].shape == (100_000, )


def test_a_member_that_is_no_array(tmp_path):
    with zipfile.ZipFile(tmp_path / 'a.npz', 'w') as archive:
        archive.writestr('x.npy', b'no array')
    with pytest.raises(InputError, match="its member 'x' is not an array"):
        read_arrays(tmp_path / 'a.npz')
