import re
from pathlib import Path

import pytest

from mmseg.layout.writers.parquet import TABLES, read_table, schema_of, table_bytes, table_of
from mmseg.utils.errors import InputError

DOCUMENT = Path(__file__).parents[2] / 'docs' / 'cluster.md'


@pytest.mark.parametrize('table', TABLES)
def test_the_document_names_the_columns(table):
    [row] = re.findall(rf'^\| `{table}` \|.*', DOCUMENT.read_text(), re.MULTILINE)
    assert re.findall('`([a-z_]+)`', row)[1:] == schema_of(table).names


@pytest.mark.parametrize('rows', [
    [], [dict(source='a.png', page_number=None, reason='damaged')]])
def test_rows_and_settings_are_read_back(rows):
    table, settings = read_table(
        table_bytes(table_of(rows, 'errors'), dict(dpi=None, formats=['json'])), 'a file')
    assert table.to_pylist() == rows
    assert settings == dict(dpi=None, formats=['json'])


def test_a_file_of_another_program_is_an_error():
    import io

    import pyarrow.parquet
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(a=[1])), content)
    with pytest.raises(InputError, match='^x.parquet is not a Parquet file of this command'):
        read_table(content.getvalue(), 'x.parquet')
