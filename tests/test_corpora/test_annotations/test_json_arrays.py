"""Arrays read entry by entry."""
import json

import pytest

from mmseg.corpora.annotations import json_arrays
from mmseg.corpora.annotations.json_arrays import read_arrays
from mmseg.utils.errors import InputError

CONTENT = {'info': {'year': 2021, 'of': 'Zürich'}, 'n': 12345, 'images': [], 'licenses': None,
           'annotations': [{'id': i, 'segmentation': [[1.5, -2e3, i]], 'é': 'ü\n"]}'}
                           for i in range(20)], 'last': 67890}


@pytest.mark.parametrize('block', [1, 7, 64, 1 << 22])
@pytest.mark.parametrize('options', [{}, {'indent': 2}, {'ensure_ascii': False}])
def test_entries_and_where_they_stand(tmp_path, monkeypatch, block, options):
    monkeypatch.setattr(json_arrays, '_BLOCK', block)
    file = tmp_path / 'a.json'
    file.write_text(json.dumps(CONTENT, **options), encoding='utf-8')
    entries = list(read_arrays(str(file)))
    assert [(entry.array, entry.value) for entry in entries] == [
        ('info', CONTENT['info']), ('n', 12345), ('licenses', None),
        *(('annotations', value) for value in CONTENT['annotations']), ('last', 67890)]
    content = file.read_bytes()
    for entry in entries:
        assert json.loads(content[entry.start:entry.start + entry.length]) == entry.value


def test_a_byte_order_mark(tmp_path):
    (tmp_path / 'a.json').write_bytes(b'\xef\xbb\xbf{"a": [1, 23]}')
    entries = list(read_arrays(str(tmp_path / 'a.json')))
    assert [(entry.value, entry.start, entry.length) for entry in entries] == [(1, 10, 1),
                                                                              (23, 13, 2)]


@pytest.mark.parametrize('text, words', [
    ('[1]', 'not a JSON object'), ('', 'not a JSON object'), ('{"a": [1, 2', 'cut off'),
    ('{"a": [{"b": 1}, {"c"', 'cut off'), ('{"a": 1', 'cut off'), ('{"a" 1}', 'at byte 5')])
def test_what_is_not_such_a_file(tmp_path, text, words):
    (tmp_path / 'a.json').write_text(text)
    with pytest.raises(InputError, match=words):
        list(read_arrays(str(tmp_path / 'a.json')))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match='a.json cannot be read: No such file'):
        list(read_arrays(str(tmp_path / 'a.json')))
