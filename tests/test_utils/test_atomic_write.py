import errno
import os
from pathlib import Path

import pytest

from mmseg.cli import main
from mmseg.utils.atomic_write import (
    atomic_folder,
    atomic_path,
    atomic_write,
    check_folder,
    remove_parts,
)
from mmseg.utils.errors import InputError


def test_a_file_appears_when_it_is_whole(tmp_path):
    file = tmp_path / 'new/a.txt'
    with atomic_path(file) as part:
        part.write_text('half')
        assert not file.exists()
    assert file.read_text() == 'half'
    assert os.listdir(file.parent) == ['a.txt']


def test_an_error_leaves_what_was_there(tmp_path):
    file = tmp_path / 'a.txt'
    file.write_text('old')
    with pytest.raises(KeyError), atomic_path(file) as part:
        part.write_text('half')
        raise KeyError
    assert file.read_text() == 'old'
    assert os.listdir(tmp_path) == ['a.txt']


def test_the_suffix_stays_for_libraries_that_take_the_format_from_it(tmp_path):
    with atomic_path(tmp_path / 'film.avi', keep_suffix=True) as part:
        assert (part.suffix, part.parent) == ('.avi', tmp_path)
        part.write_bytes(b'frames')
    assert [path.name for path in tmp_path.iterdir()] == ['film.avi']


def test_what_killed_writers_left_is_removed(tmp_path):
    for name in ('.film.avi.7.part.avi', '.log.json.7.part', 'log.json', '.hidden'):
        (tmp_path / name).touch()
    assert remove_parts(tmp_path) == ['.film.avi.7.part.avi', '.log.json.7.part']
    assert sorted(path.name for path in tmp_path.iterdir()) == ['.hidden', 'log.json']


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(InputError, match=r'cannot write .*file/a.txt: '), \
            atomic_write(tmp_path / 'file/a.txt') as part:
        part.write_text('never')


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / 'new' / 'pages'
    with atomic_folder(out) as folder:
        (folder / 'a.txt').write_text('a')
        assert not out.exists()
    with pytest.raises(RuntimeError), atomic_folder(out) as folder:
        (folder / 'b.txt').write_text('b')
        raise RuntimeError
    assert [path.name for path in out.iterdir()] == ['a.txt']
    with atomic_folder(out) as folder:
        (folder / 'b.txt').write_text('b')
    assert [path.name for path in out.iterdir()] == ['b.txt']
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_is_tried_before_the_work_begins(tmp_path, monkeypatch):
    assert check_folder(tmp_path / 'a' / 'b') == tmp_path / 'a' / 'b'
    assert os.listdir(tmp_path / 'a' / 'b') == []
    (tmp_path / 'file').touch()
    with pytest.raises(InputError, match='^cannot write into the folder .*file: File exists$'):
        check_folder(tmp_path / 'file')

    def full(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(Path, 'write_bytes', full)
    with pytest.raises(InputError, match='^cannot write .*a: No space left on device$'):
        check_folder(tmp_path / 'a')
    assert os.listdir(tmp_path / 'a') == ['b']


# as root, under which tests often run, no folder is read-only
@pytest.mark.parametrize('number, words', [
    (errno.ENOSPC, 'No space left on device'), (errno.EACCES, 'Permission denied'),
    (errno.EROFS, 'Read-only file system'), (errno.EDQUOT, 'Disk quota exceeded')])
def test_a_training_that_cannot_write_ends_in_a_sentence(config_file, tmp_path, monkeypatch,
                                                         capsys, number, words):
    def refused(self, content):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, 'write_bytes', refused)
    with pytest.raises(SystemExit) as ended:
        main(['train', str(config_file), '--work-dir', str(tmp_path / 'work')])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert f'cannot write into the folder {tmp_path}/work: {words}' in said
    assert 'Traceback' not in said
