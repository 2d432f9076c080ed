"""Archives: what is read, what is refused, what is said of what is not there."""
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from functools import partial

import pytest

from mmseg.corpora.archives import members
from mmseg.corpora.archives.members import list_members, pick, sources_in
from mmseg.utils.errors import InputError

from .originals import folder_of, tar_of, zip_of

FILES = {'b/2.txt': b'two', 'a.txt': b'one', '__MACOSX/a.txt': b'', '.DS_Store': b'',
         'b/.hidden': b''}


@pytest.mark.parametrize('make', [
    lambda path: zip_of(path / 'x.zip', FILES), lambda path: tar_of(path / 'x.tar', FILES),
    lambda path: tar_of(path / 'x.tar.gz', FILES, 'w:gz'),
    lambda path: folder_of(path / 'x', FILES)], ids=['zip', 'tar', 'tar.gz', 'folder'])
def test_files_of_archives_and_folders(tmp_path, make):
    members = list_members(str(make(tmp_path)), 'x')
    assert sorted(member.name for member in members) == ['a.txt', 'b/2.txt']
    assert {member.name: member.read() for member in members} == {'a.txt': b'one',
                                                                  'b/2.txt': b'two'}


@pytest.mark.parametrize('name', ['../evil.txt', 'a/../../evil.txt', '/evil.txt', 'C:/evil.txt',
                                  '..\\evil.txt'])
@pytest.mark.parametrize('make', [zip_of, tar_of])
def test_paths_that_lead_out_are_refused(tmp_path, make, name):
    archive = make(tmp_path / 'in' / 'x', {'good.txt': b'', name: b'evil'})
    with pytest.raises(InputError, match=r"is refused: its member '.*evil.txt' leads out of"):
        list_members(str(archive), 'x')
    assert not list(tmp_path.rglob('evil.txt'))


def link_in_tar(path, kind):
    with tarfile.open(path, 'w') as archive:
        info = tarfile.TarInfo('link')
        info.type, info.linkname = kind, '/etc/passwd'
        archive.addfile(info)
    return path


def link_in_zip(path):
    with zipfile.ZipFile(path, 'w') as archive:
        info = zipfile.ZipInfo('link')
        info.external_attr = 0o120777 << 16
        archive.writestr(info, '/etc/passwd')
    return path


@pytest.mark.parametrize('make', [
    partial(link_in_tar, kind=tarfile.SYMTYPE), partial(link_in_tar, kind=tarfile.LNKTYPE),
    partial(link_in_tar, kind=tarfile.CHRTYPE), link_in_zip])
def test_links_and_devices_are_refused(tmp_path, make):
    with pytest.raises(InputError, match="its member 'link' is a link or a device"):
        list_members(str(make(tmp_path / 'x')), 'x')


def test_no_archive(tmp_path):
    (tmp_path / 'notes.txt').write_text('hello')
    with pytest.raises(InputError, match=r'data.zip is not there: expected the data, and .* has '
                       r'notes\.txt'):
        list_members(str(tmp_path / 'data.zip'), 'the data')
    with pytest.raises(InputError, match=r'notes.txt is not a zip or tar archive that can be read, '
                       'or is cut off: expected the data$'):
        list_members(str(tmp_path / 'notes.txt'), 'the data')


def test_damaged_archives(tmp_path):
    path = zip_of(tmp_path / 'x.zip', {'a.txt': b'0123456789' * 9})
    content = bytearray(path.read_bytes())
    content[45] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r'x.zip: a.txt cannot be read: Bad CRC'):
        list_members(str(path), 'x')[0].read()
    path.write_bytes(tar_of(tmp_path / 'x', {'a.txt': b'a' * 999}, 'w:gz').read_bytes()[:40])
    with pytest.raises(InputError, match='x.zip is not a zip or tar archive .* cut off'):
        list_members(str(path), 'x')


@pytest.mark.parametrize('make', [
    lambda path: zip_of(path / 'x.zip', {'a.bin': bytes(1001)}),
    lambda path: tar_of(path / 'x.tar', {'a.bin': bytes(1001)}, 'w:xz'),
    lambda path: zip_of(path / 'x.zip', {'a.bin.gz': gzip.compress(bytes(1001))})],
    ids=['zip', 'tar', 'gz'])
def test_files_that_unpack_to_more_than_is_read(tmp_path, make, monkeypatch):
    monkeypatch.setattr(members, '_MAX_BYTES', 1001)
    member, = list_members(str(make(tmp_path)), 'x')
    assert member.read() == bytes(1001)
    monkeypatch.setattr(members, '_MAX_BYTES', 1000)
    with pytest.raises(InputError, match=r'a.bin(.gz)? cannot be read: it unpacks to more than '):
        member.read()


@pytest.mark.parametrize('error', [
    lzma.LZMAError('Corrupt input data'), UnicodeDecodeError('utf-8', b'\xff', 0, 1, 'a name'),
    struct.error('unpack requires a buffer'), zlib.error('invalid block type')])
def test_whatever_a_damaged_archive_raises_is_a_sentence(tmp_path, monkeypatch, error):
    def damaged(source):
        raise error

    path = tar_of(tmp_path / 'x.tar.xz', {'a.txt': b'a'}, 'w:xz')
    member, = list_members(str(path), 'x')
    monkeypatch.setattr(tarfile, 'open', damaged)
    with pytest.raises(InputError, match='x.tar.xz: a.txt cannot be read: '):
        member.read()
    with pytest.raises(InputError, match='x.tar.xz is not a zip or tar archive .* cut off'):
        list_members(str(path), 'x')


@pytest.mark.parametrize('content', [b'no', b''])
def test_pictures_that_are_none(tmp_path, content):
    member = list_members(str(zip_of(tmp_path / 'x.zip', {'a.png': content})), 'x')[0]
    with pytest.raises(InputError, match='x.zip: a.png is not a picture'):
        member.image()
    with pytest.raises(InputError, match='x.zip: a.png cannot be read as a picture'):
        member.indices()


def test_archives_in_a_folder_or_what_was_in_them(tmp_path):
    with pytest.raises(InputError, match=r'nowhere is not a folder: expected one with x'):
        sources_in(str(tmp_path / 'nowhere'), 'x')
    with pytest.raises(InputError, match='is empty: expected x'):
        sources_in(str(tmp_path), 'x')
    (tmp_path / 'a.png').touch()
    assert sources_in(str(tmp_path), 'x') == [str(tmp_path)]
    for name in ('b.tar.gz', 'a.ZIP'):
        (tmp_path / name).touch()
    assert sources_in(str(tmp_path), 'x') == [str(tmp_path / 'a.ZIP'), str(tmp_path / 'b.tar.gz')]


def test_two_files_of_one_name(tmp_path):
    members = list_members(str(zip_of(tmp_path / 'x.zip', {'a/1.png': b'', 'b/1.png': b'',
                                                           'b/2.jpg': b''})), 'x')
    assert set(pick(members, r'b/(\d)\.(?:png|jpg)')) == {'1', '2'}
    with pytest.raises(InputError, match='a/1.png and .* would both become 1'):
        pick(members, r'(\d)\.png')


def test_archive_that_changes(tmp_path):
    for content in (b'old', b'newer'):
        path = tmp_path / 'x.zip'
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, 'w') as archive:
            archive.writestr('a.txt', content)
        path.write_bytes(stream.getvalue())
        assert list_members(str(path), 'x')[0].read() == content
