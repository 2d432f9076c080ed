import pytest
import torch

from mmseg.serve.models import open_predictor
from mmseg.utils.errors import InputError


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
    torch.save(dict(state_dict={}, meta=dict(config='model = [')), other)
    with pytest.raises(InputError, match='the config in .* cannot be read'):
        open_predictor(str(other))
