"""Fetching packages, from an archive that is made up of scripts."""
import gzip
import hashlib
import shutil
import subprocess

import pytest

from mmseg.corpora.debian import packages
from mmseg.corpora.debian.packages import Package, fetch_packages, read_names, read_table, unpack
from mmseg.utils.errors import InputError

needs_dpkg = pytest.mark.skipif(not shutil.which('dpkg-deb'), reason='needs dpkg-deb')


@pytest.fixture
def deb(tmp_path):
    """A package file with two PDFs, one of them packed, a licence and a program."""
    root = tmp_path / 'root'
    doc = root / 'usr/share/doc/tool'
    doc.mkdir(parents=True)
    (root / 'DEBIAN').mkdir()
    (root / 'DEBIAN/control').write_text(
        'Package: tool\nVersion: 1.2-3\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: x\n')
    (doc / 'manual.pdf').write_bytes(b'%PDF-1')
    (doc / 'guide.pdf.gz').write_bytes(gzip.compress(b'%PDF-2'))
    (doc / 'copyright').write_text('License: MIT\n')
    (doc / 'program.txt').write_text('no document')
    file = tmp_path / 'tool_1.2-3_all.deb'
    subprocess.run(['dpkg-deb', '--build', '--root-owner-group', root, file], check=True,
                   capture_output=True)
    return file


@pytest.fixture
def apt(tmp_path, monkeypatch, deb):
    """apt-cache and apt-get that know one package; calls of apt-get are counted in a file."""
    bin_folder = tmp_path / 'bin'
    bin_folder.mkdir()
    content = hashlib.sha256(deb.read_bytes()).hexdigest()
    scripts = {
        'apt-cache': 'for name in "$@"; do [ $name = tool ] && printf "Package: tool\\nVersion: '
                     f'1.2-3\\nSize: {deb.stat().st_size}\\nSHA256: {content}\\n\\n"; done; true',
        'apt-get': f'echo "$2" >> {tmp_path}/calls; cp {deb} .'}
    for name, script in scripts.items():
        (bin_folder / name).write_text(f'#!/bin/sh\n{script}\n')
        (bin_folder / name).chmod(0o755)
    monkeypatch.setenv('PATH', str(bin_folder), prepend=':')
    return tmp_path / 'calls'


def test_names_of_a_list(tmp_path):
    (tmp_path / 'list').write_text('# remark\ntool-doc\t12\nlibx++-dev # with a remark\ntool-doc\n')
    assert read_names(tmp_path / 'list') == ['tool-doc', 'libx++-dev']
    (tmp_path / 'list').write_text('../../etc\n')
    with pytest.raises(InputError, match="'../../etc' is not a name of a Debian package"):
        read_names(tmp_path / 'list')


@needs_dpkg
def test_pdfs_and_licences_are_kept(deb, tmp_path):
    unpack(deb, tmp_path / 'out')
    kept = sorted(path.name for path in (tmp_path / 'out').rglob('*') if path.is_file())
    assert kept == ['copyright', 'guide.pdf', 'manual.pdf']
    assert (tmp_path / 'out/usr/share/doc/tool/guide.pdf').read_bytes() == b'%PDF-2'


@needs_dpkg
@pytest.mark.parametrize('spoil', [lambda gz: gz[:12] + b'\xff' * 8 + gz[20:], lambda gz: gz[:-9],
                                   lambda gz: b'none', lambda gz: gzip.compress(bytes(2000))])
def test_packed_pdfs_that_are_damaged_or_endless_are_left_out(deb, tmp_path, spoil, monkeypatch):
    monkeypatch.setattr(packages, '_LARGEST_PDF', 1000)
    doc = tmp_path / 'root/usr/share/doc/tool'
    (doc / 'other.pdf.gz').write_bytes(spoil(gzip.compress(b'%PDF-1' + bytes(500))))
    subprocess.run(['dpkg-deb', '--build', '--root-owner-group', tmp_path / 'root', deb],
                   check=True, capture_output=True)
    unpack(deb, tmp_path / 'out')
    kept = sorted(path.name for path in (tmp_path / 'out').rglob('*.pdf*'))
    assert kept == ['guide.pdf', 'manual.pdf']


@needs_dpkg
def test_a_package_is_fetched_once_and_written_down(apt, deb, tmp_path):
    work = tmp_path / 'work'
    content = hashlib.sha256(deb.read_bytes()).hexdigest()
    for _ in range(2):
        fetch_packages(['tool', 'other'], work)
    assert apt.read_text() == 'tool=1.2-3\n'
    assert read_table(work / 'packages.tsv') == [
        Package('other', note='not in the archive'),
        Package('tool', '1.2-3', content, 0.0, 2)]
    assert not list((work / 'debs').iterdir())


@needs_dpkg
def test_another_content_than_the_index_says_is_not_unpacked(apt, deb, tmp_path):
    subprocess.run(['truncate', '-s', '-1', deb], check=True)
    (package,) = fetch_packages(['tool'], tmp_path / 'work')
    assert package.note == 'has another hash than the index'
    assert not (tmp_path / 'work/files/tool').exists()


@needs_dpkg
def test_large_packages_are_left_out(apt, tmp_path):
    (package,) = fetch_packages(['tool'], tmp_path / 'work', max_megabytes=-1)
    assert package.note == 'too large' and not apt.exists()


def test_without_apt_a_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(InputError, match='needs apt-get'):
        fetch_packages(['tool'], tmp_path / 'work')
