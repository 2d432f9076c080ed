import json

import fsspec
import pyarrow
import pyarrow.parquet
import pytest

from mmseg.layout.runs.sources import Shard, page_sources, shards
from mmseg.utils.errors import InputError


def sources(*inputs, **options):
    found, total = page_sources([str(name) for name in inputs], **options)
    return list(found), total


def test_shards_have_the_wanted_number_of_files_and_each_once():
    assert list(shards(['a', 'b', 'b', 'c', 'd'], 3)) == [
        Shard(0, ('a', 'b')), Shard(1, ('c', 'd'))]
    assert Shard(12, ()).name == 'part-000012'


def test_files_of_a_folder_are_absolute_and_counted(tmp_path, monkeypatch):
    for name in ('p10.png', 'p9.png', 'notes.txt'):
        (tmp_path / name).write_text('')
    monkeypatch.chdir(tmp_path)
    assert sources('.') == ([str(tmp_path / 'p9.png'), str(tmp_path / 'p10.png')], 2)


def test_a_folder_of_a_store_gives_its_pictures(tmp_path):
    memory = fsspec.filesystem('memory')
    memory.pipe({'/scans/b.PDF': b'', '/scans/a.png': b'', '/scans/notes.txt': b''})
    try:
        assert sources('memory://scans') == (
            ['memory:///scans/a.png', 'memory:///scans/b.PDF'], 2)
        assert sources('memory://scans/a.png') == (['memory://scans/a.png'], 1)
        memory.rm('/scans/b.PDF')
        memory.rm('/scans/a.png')
        with pytest.raises(InputError, match='memory://scans holds no pictures or PDFs'):
            sources('memory://scans')
    finally:
        memory.store.clear()


@pytest.mark.parametrize('kind', ['jsonl', 'parquet'])
def test_a_list_gives_paths_relative_to_it_and_addresses(tmp_path, kind):
    paths = ['scans/a.png', '/data/b.pdf', 's3://bucket/c.png']
    if kind == 'jsonl':
        (tmp_path / 'list.jsonl').write_text(
            '\n'.join(json.dumps(dict(path=path, year=1900)) for path in paths) + '\n\n')
    else:
        pyarrow.parquet.write_table(pyarrow.table(dict(path=paths)), tmp_path / 'list.parquet')
    assert sources(tmp_path / f'list.{kind}') == (
        [str(tmp_path / 'scans/a.png'), '/data/b.pdf', 's3://bucket/c.png'], None)


@pytest.mark.parametrize('line', ['{"file": "a.png"}', '["a.png"]', '{"path": 3}', 'a.png'])
def test_a_line_without_a_path_is_an_error(tmp_path, line):
    (tmp_path / 'list.jsonl').write_text('{"path": "a.png"}\n' + line)
    with pytest.raises(InputError, match="line 2 of .*list.jsonl is not an object with a text"):
        sources(tmp_path / 'list.jsonl')


def test_a_parquet_file_without_paths_is_an_error(tmp_path):
    file = tmp_path / 'list.parquet'
    pyarrow.parquet.write_table(pyarrow.table(dict(url=['a.png'], year=[1])), file)
    with pytest.raises(InputError, match="no column 'path' .* columns are url, year"):
        sources(file)
    pyarrow.parquet.write_table(pyarrow.table(dict(path=['a.png', None])), file)
    with pytest.raises(InputError, match="has None in its column 'path'"):
        sources(file)
    file.write_text('path')
    with pytest.raises(InputError, match='is not a Parquet file that can be read'):
        sources(file)


def test_a_list_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match='the list .*none.jsonl cannot be opened'):
        sources(tmp_path / 'none.jsonl')
