import zipfile

import pytest

from mmseg.export.program import check_program
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('place, value, words', [
    (10, 99, 'compression method is not supported'), (8, 1, 'encrypted')])
def test_programs_packed_in_ways_that_are_not_read(tmp_path, place, value, words):
    """Places in the directory of the archive: APPNOTE.TXT of ZIP, 4.3.12."""
    file = tmp_path / 'a.pt'
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('a/code/a.py', 'pass')
    content = bytearray(file.read_bytes())
    content[content.index(b'PK\1\2') + place] = value
    file.write_bytes(content)
    with pytest.raises(InputError, match=f'is not .* or is damaged: .*{words}'):
        check_program(file)
