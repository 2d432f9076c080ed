"""Files of MATLAB."""
import io

import numpy as np
import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.matlab import read_mat

io_of_scipy = pytest.importorskip('scipy.io')


def test_a_variable(tmp_path):
    content = io.BytesIO()
    io_of_scipy.savemat(content, {'labels': np.array([[1, 2]])})
    assert read_mat(content.getvalue(), 'labels', 'a.mat').tolist() == [[1, 2]]
    with pytest.raises(InputError, match="a.mat is not a .mat file with 'others'"):
        read_mat(content.getvalue(), 'others', 'a.mat')


@pytest.mark.parametrize('error', [UnboundLocalError('arr'), RecursionError('deep')])
def test_whatever_scipy_raises_is_a_sentence(monkeypatch, error):
    def fails(*args, **kwargs):
        raise error
    monkeypatch.setattr(io_of_scipy, 'loadmat', fails)
    with pytest.raises(InputError, match=r'a\.mat is not a \.mat file'):
        read_mat(b'', 'labels', 'a.mat')
