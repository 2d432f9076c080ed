import json
import pickle

import numpy as np
import pytest

from mmseg.models.losses import get_class_weight
from mmseg.utils.errors import InputError


def test_weights_come_from_files_of_numbers(tmp_path):
    np.save(tmp_path / 'a.npy', [1., 2.])
    (tmp_path / 'a.json').write_text('[1, 2]')
    (tmp_path / 'a.yaml').write_text('- 1\n- 2.0\n')
    (tmp_path / 'a.pkl').write_bytes(pickle.dumps(np.array([1., 2.])))
    for name in ('a.npy', 'a.json', 'a.yaml', 'a.pkl'):
        assert get_class_weight(str(tmp_path / name)) == [1., 2.]
    assert get_class_weight([3, 4]) == [3, 4] and get_class_weight(None) is None


class Program:
    def __reduce__(self):
        return open, ('made', 'w')


@pytest.mark.parametrize('name', ['a.pkl', 'a.npy', 'a.yaml', 'a.json', 'a.txt', 'none.npy',
                                  'http://127.0.0.1:9/a.json', 's3://a/b.npy'])
def test_files_of_other_things_run_nothing(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with open('a.pkl', 'wb') as file:
        pickle.dump(Program(), file)
    np.save('a.npy', np.array([Program()], dtype=object), allow_pickle=True)
    (tmp_path / 'a.yaml').write_text('!!python/object/apply:open [made, w]')
    (tmp_path / 'a.json').write_text(json.dumps({'a': 'b'}))
    (tmp_path / 'a.txt').write_text('[1]')
    with pytest.raises(InputError, match=name.rpartition('/')[2]):
        get_class_weight(name)
    assert not (tmp_path / 'made').exists()
