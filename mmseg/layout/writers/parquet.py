"""Regions of many pages as tables: Parquet with a row for each region, page and error."""
from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...utils.errors import InputError
from ..region import PageLayout
from .layout_json import page_as_dict

TABLES = ('regions', 'pages', 'errors')
_KEY = b'mmseg.settings'


def import_arrow() -> Any:
    """Return pyarrow.

    Raises:
        InputError: It is not installed.
    """
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError as error:
        raise InputError("Parquet needs the package pyarrow: install the extra 'parquet' "
                         "(pip install 'mmseg-layout[parquet]')") from error
    return pyarrow


def schema_of(table: str) -> Any:
    """Return the pyarrow schema of one of :data:`TABLES`.

    Columns have the names and meanings of docs/schemas/layout.schema.json; coordinates are pixels,
    rounded to hundredths and stored as float32.

    Raises:
        InputError: pyarrow is not installed.
    """
    arrow = import_arrow()
    real, text, whole = arrow.float32(), arrow.string(), arrow.int32()
    points = arrow.list_(arrow.list_(real, 2))
    line = arrow.struct([
        ('confidence', real), ('direction', text), ('box', arrow.list_(real, 4)),
        ('polygon', points), ('baseline', points), ('x_height', real)])
    place = [('source', text), ('page_number', whole)]
    columns = {
        'regions': place + [
            ('order', whole), ('label', whole), ('name', text), ('confidence', real),
            ('area', arrow.float64()), ('box', arrow.list_(real, 4)), ('rotated_box', points),
            ('polygon', points), ('holes', arrow.list_(points)), ('centreline', points),
            ('thickness', real), ('lines', arrow.list_(line))],
        'pages': place + [
            ('height', whole), ('width', whole), ('page_type', text),
            ('page_scores', arrow.map_(text, real)), ('regions', whole), ('files', text)],
        'errors': place + [('reason', text)],
    }
    return arrow.schema(columns[table])


def page_rows(page: PageLayout, source: str, files: str | None = None) -> dict[str, list[dict]]:
    """Return the rows of a page in the tables ``'regions'`` and ``'pages'``.

    Args:
        page: What was found on it.
        source: What the file is called.
        files: Path and beginning of the names of its other files; None without them.
    """
    known = page_as_dict(page)
    place = {'source': source, 'page_number': known['page_number']}
    row = {**place, **{key: known[key] for key in ('height', 'width', 'page_type')},
           'page_scores': list(known['page_scores'].items()), 'regions': len(known['regions']),
           'files': files}
    return {'regions': [{**place, **region} for region in known['regions']], 'pages': [row]}


def table_of(rows: Sequence[Mapping[str, Any]], name: str) -> Any:
    """Return rows as a pyarrow table of one of :data:`TABLES`."""
    return import_arrow().Table.from_pylist(list(rows), schema=schema_of(name))


def table_bytes(table: Any, settings: Mapping[str, Any]) -> bytes:
    """Return a Parquet file with ``settings`` in its metadata."""
    arrow = import_arrow()
    content = io.BytesIO()
    kept = {_KEY: json.dumps(settings, sort_keys=True).encode()}
    arrow.parquet.write_table(table.replace_schema_metadata(kept), content, compression='zstd')
    return content.getvalue()


def read_table(content: bytes, name: str) -> tuple[Any, dict[str, Any]]:
    """Return the table of a file that :func:`table_bytes` has written, and its settings.

    Args:
        content: The file.
        name: What to call it in messages.

    Raises:
        InputError: It is damaged, or another program's.
    """
    arrow = import_arrow()
    try:
        table = arrow.parquet.read_table(io.BytesIO(content))
        return table, json.loads(table.schema.metadata[_KEY])
    except (arrow.ArrowException, OSError, TypeError, KeyError, ValueError) as error:
        raise InputError(f'{name} is not a Parquet file of this command ({error}): delete it, or '
                         'name another folder') from error
