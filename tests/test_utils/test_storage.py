"""Folders on a disk and in an object store, here fsspec's store in memory."""
import fsspec
import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.storage import Storage, fetch, list_addresses


@pytest.fixture(params=['disk', 'store'])
def storage(request, tmp_path):
    if request.param == 'disk':
        yield Storage(tmp_path / 'out')
        return
    yield Storage('memory://out/')
    fsspec.filesystem('memory').store.clear()


def test_what_is_written_is_listed_read_and_removed(storage):
    assert storage.names('pages') == []
    storage.write('pages/b.txt', b'second')
    storage.write('pages/a.txt', b'first')
    storage.write('pages/a.txt', b'newer')
    assert storage.names('pages') == ['a.txt', 'b.txt']
    assert storage.read('pages/a.txt') == b'newer'
    storage.remove('pages/a.txt')
    storage.remove('pages/a.txt')
    assert storage.names('pages') == ['b.txt']
    assert storage.read('pages/a.txt') is None


def test_only_files_on_a_disk_tell_when_they_were_written(tmp_path):
    disk, store = Storage(tmp_path), Storage('memory://out')
    for storage in (disk, store):
        storage.write('a', b'1')
    assert disk.modified('a') == (tmp_path / 'a').stat().st_mtime_ns
    assert disk.modified('b') is None
    assert store.modified('a') is None
    store.remove('a')


def test_an_unknown_kind_of_address_is_an_error():
    with pytest.raises(InputError, match='nosuch://bucket cannot be opened.*nosuch'):
        Storage('nosuch://bucket')


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(InputError, match='cannot write .*file/a'):
        Storage(tmp_path / 'file').write('a', b'')


class TestAddresses:
    @pytest.fixture(autouse=True)
    def store(self):
        memory = fsspec.filesystem('memory')
        memory.pipe({'/scans/b.png': b'B', '/scans/a.png': b'A', '/scans/old/c.png': b'C'})
        yield
        memory.store.clear()

    def test_files_of_a_folder_are_listed_in_order(self):
        assert list_addresses('memory://scans', nested=False) == [
            'memory:///scans/a.png', 'memory:///scans/b.png']
        assert list_addresses('memory://scans', nested=True)[2] == 'memory:///scans/old/c.png'

    def test_a_folder_without_files_is_an_error(self):
        with pytest.raises(FileNotFoundError, match='memory://nothing holds no files'):
            list_addresses('memory://nothing', nested=True)

    def test_a_file_is_copied(self, tmp_path):
        fetch('memory://scans/a.png', tmp_path / 'a')
        assert (tmp_path / 'a').read_bytes() == b'A'
        with pytest.raises(InputError, match='memory://scans/x.png not found'):
            fetch('memory://scans/x.png', tmp_path / 'x')
