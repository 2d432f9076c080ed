"""PDFs from Debian packages: fetched, unpacked and written down with version and hash."""
from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tqdm import tqdm

from mmseg.corpora.jobs import write_file
from mmseg.utils.atomic_write import atomic_folder
from mmseg.utils.errors import InputError

FILES, TABLE = 'files', 'packages.tsv'
_NAME = re.compile(r'[a-z0-9][a-z0-9+.-]+')
_NAMES_AT_ONCE = 200
_LARGEST_PDF = 500_000_000  # bytes; a larger one that was packed is left out
_PATTERNS = ('*.pdf', '*.PDF', '*.pdf.gz', '*/copyright')


@dataclass(frozen=True)
class Package:
    """What was fetched of a package.

    Attributes:
        name: Of the package.
        version: Of Debian.
        sha256: Of the package file, from the archive's signed index; empty where none was fetched.
        megabytes: Size of the package file.
        pdfs: Number of its PDFs.
        note: Why it was not fetched, empty where it was.
    """

    name: str
    version: str = ''
    sha256: str = ''
    megabytes: float = 0.
    pdfs: int = 0
    note: str = ''


def read_names(path: Path) -> list[str]:
    """Names of packages, one a line; what follows ``#`` or a tab is ignored.

    Raises:
        InputError: The file is not there, or a line is not a name of a package.
    """
    if not path.is_file():
        raise InputError(f'{path}: no such list of packages')
    names = [re.split(r'[#\t]', line)[0].strip() for line in path.read_text().splitlines()]
    for name in names:
        if name and not _NAME.fullmatch(name):
            raise InputError(f'{path}: {name!r} is not a name of a Debian package')
    return list(dict.fromkeys(name for name in names if name))


def fetch_packages(names: Sequence[str], work: Path, max_megabytes: float = 700.,
                   progress: bool = False) -> list[Package]:
    """Fetch packages with ``apt-get download`` (as any user) and keep their PDFs and licences.

    PDFs come to ``work/files/PACKAGE/usr/share/...``; the package files are deleted. Packages
    that are there already are not fetched again. ``work/packages.tsv`` says what was fetched.

    Args:
        names: Of the packages.
        work: Folder to write to.
        max_megabytes: Larger packages are left out.
        progress: Show a progress bar.

    Raises:
        InputError: There is no apt-get, apt-cache or dpkg-deb.
    """
    for program in ('apt-get', 'apt-cache', 'dpkg-deb'):
        if not shutil.which(program):
            raise InputError(f'fetching packages needs {program}: run this step on Debian or '
                             'Ubuntu with the Debian archive among its sources')
    known = {package.name: package for package in read_table(work / TABLE)}
    due = [name for name in names if name not in known
           or not (known[name].note or (work / FILES / name).is_dir())]
    index = _look_up(due)
    for name in tqdm(due, desc='fetch', unit='package', disable=not progress, leave=False):
        known[name] = _fetch(name, index.get(name), work, max_megabytes)
        write_table(work / TABLE, known.values())
    return [known[name] for name in names]


def _fetch(name: str, facts: dict[str, str] | None, work: Path,
           max_megabytes: float) -> Package:
    if not facts:
        return Package(name, note='not in the archive')
    size = round(int(facts['Size']) / 1e6, 1)
    package = Package(name, facts['Version'], facts['SHA256'], size)
    folder = work / FILES / name
    if not folder.is_dir():
        if size > max_megabytes:
            return Package(name, facts['Version'], '', size, note='too large')
        debs = work / 'debs'
        debs.mkdir(parents=True, exist_ok=True)
        subprocess.run(['apt-get', 'download', f'{name}={package.version}'], cwd=debs, check=False,
                       capture_output=True)
        deb = next(debs.glob(f'{name}_*.deb'), None)
        if deb is None:
            return Package(name, facts['Version'], '', size, note='could not be fetched')
        content = hashlib.sha256(deb.read_bytes()).hexdigest()
        if content == package.sha256:
            unpack(deb, folder)
        deb.unlink()
        if content != package.sha256:
            return Package(name, facts['Version'], '', size, note='has another hash than the index')
    return Package(name, package.version, package.sha256, size, len(list(folder.rglob('*.pdf'))))


def _look_up(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Version, size and hash of packages from the archive's index, of those that it has."""
    found = {}
    for first in range(0, len(names), _NAMES_AT_ONCE):
        shown = subprocess.run(['apt-cache', 'show', '--no-all-versions',
                                *names[first:first + _NAMES_AT_ONCE]], check=False,
                               capture_output=True, text=True).stdout
        for entry in shown.split('\n\n'):
            facts = dict(re.findall(r'^(Package|Version|Size|SHA256): (.+)$', entry,
                                    re.MULTILINE))
            if len(facts) == 4:
                found[facts['Package']] = facts
    return found


def unpack(deb: Path, folder: Path) -> None:
    """Unpack PDFs and copyright files of a package file into a folder, atomically.

    Packed PDFs that are damaged, or have more than 500 MB, are left out.
    """
    with atomic_folder(folder) as part:
        # tar leaves out names that climb out of the folder, and says so by its exit status, as it
        # does where a pattern matches nothing
        with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', deb], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as archive:
            subprocess.run(['tar', '-x', '-C', part, '--no-same-owner', '--wildcards',
                            '--wildcards-match-slash', *_PATTERNS], check=False,
                           stdin=archive.stdout, capture_output=True)
        for packed in list(part.rglob('*.pdf.gz')):
            try:
                with gzip.open(packed) as content:
                    unpacked = content.read(_LARGEST_PDF + 1)
                if len(unpacked) <= _LARGEST_PDF:
                    packed.with_suffix('').write_bytes(unpacked)
            except (OSError, EOFError, zlib.error):
                pass  # damaged, and left out
            packed.unlink()


def read_table(path: Path) -> list[Package]:
    """Packages of a table that :func:`write_table` wrote; empty where there is none."""
    if not path.is_file():
        return []
    rows = [line.split('\t') for line in path.read_text().splitlines()[1:]]
    return [Package(name, version, sha256, float(size), int(pdfs), note)
            for name, version, sha256, size, pdfs, note in rows]


def write_table(path: Path, packages: Iterable[Package]) -> None:
    """Write packages as a table of tab-separated columns, sorted by name."""
    rows = ['\t'.join(field.name for field in fields(Package))]
    rows += ['\t'.join(str(value) for value in asdict(package).values())
             for package in sorted(packages, key=lambda package: package.name)]
    write_file(str(path), ('\n'.join(rows) + '\n').encode())
