"""Tables of shards: rows of literal pages, errors, and what a second run does."""
import os
import sys
from pathlib import Path

import fsspec
import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

from mmseg.inference.predictor import PageArrays, Predictor
from mmseg.layout.runs.options import LayoutOptions
from mmseg.layout.runs.shards import ShardProcessor, check_target, remove_rest
from mmseg.layout.runs.sources import Shard
from mmseg.utils.errors import InputError
from mmseg.utils.storage import Storage

SETTINGS = {'network': 'dark'}


class DarkIsText(Predictor):
    """Says text where a page is black."""

    classes = ('background', 'text')
    palette = ((0, 0, 0), (0, 200, 0))
    page_classes = ('document', 'slide')
    asked = 0

    def predict(self, images):
        type(self).asked += len(images)
        text = [(image[..., 0] < 128).astype(np.float32) for image in images]
        return [PageArrays(np.stack([1 - page, page]), np.array([.75, .25], np.float32))
                for page in text]


def sheet(path: Path, left: int = 10, pages: int = 1) -> str:
    pixels = np.full((80, 60, 3), 255, np.uint8)
    pixels[20:40, left:left + 30] = 0
    image = Image.fromarray(pixels)
    image.save(path, **(dict(save_all=True, append_images=[image] * (pages - 1))
                        if pages > 1 else {}))
    return str(path)


@pytest.fixture
def scans(tmp_path) -> list[str]:
    (tmp_path / 'scans').mkdir()
    bad = tmp_path / 'scans' / 'c.png'
    bad.write_bytes(b'no picture')
    return [sheet(tmp_path / 'scans' / 'a.png'), sheet(tmp_path / 'scans' / 'b.tif', 5, pages=2),
            str(bad)]


@pytest.fixture
def run(tmp_path):
    def process(sources, target='out', number=0, workers=0, opener=DarkIsText, **options):
        target = target if '://' in target else str(tmp_path / target)
        processor = ShardProcessor(opener, target, LayoutOptions(
            options.pop('formats', []), rows=True, **options), SETTINGS, workers)
        try:
            return processor.process(Shard(number, tuple(sources)))
        finally:
            processor.close()
    return process


def rows(folder: Path, table: str) -> list[dict]:
    return pyarrow.parquet.read_table(folder / table).to_pylist()


def test_each_region_page_and_error_is_a_row(run, scans, tmp_path):
    report = run(scans)
    assert (report.pages, report.skipped, len(report.problems)) == (3, 0, 1)
    out = tmp_path / 'out'
    assert rows(out, 'pages') == [
        dict(source=source, page_number=number, height=80, width=60, page_type='document',
             page_scores=[('document', .75), ('slide', .25)], regions=1, files=None)
        for source, number in ((scans[0], 1), (scans[1], 1), (scans[1], 2))]
    first, *others = rows(out, 'regions')
    assert first == dict(
        source=scans[0], page_number=1, order=0, label=1, name='text', confidence=1., area=600.,
        box=[10., 20., 40., 40.], rotated_box=first['rotated_box'], polygon=first['polygon'],
        holes=[], centreline=None, thickness=None, lines=first['lines'])
    assert all(list(line) == ['confidence', 'direction', 'box', 'polygon', 'baseline', 'x_height']
               for line in first['lines'])
    assert sorted(map(tuple, first['polygon'])) == [(10, 20), (10, 40), (40, 20), (40, 40)]
    assert [(row['source'], row['page_number'], row['box'][0]) for row in others] == [
        (scans[1], 1, 5.), (scans[1], 2, 5.)]
    [error] = rows(out, 'errors')
    assert (error['source'], error['page_number']) == (scans[2], 1)
    assert error['reason'].startswith(f'{scans[2]} ')
    assert report.problems == [error['reason']]


def test_other_files_have_a_folder_for_each_shard(run, scans, tmp_path):
    run(scans, number=7, formats=['json'])
    out = tmp_path / 'out'
    assert [row['files'] for row in rows(out, 'pages')] == [
        'files/part-000007/a', 'files/part-000007/b_0001', 'files/part-000007/b_0002']
    assert sorted(path.name for path in (out / 'files' / 'part-000007').iterdir()) == [
        'a.json', 'b_0001.json', 'b_0002.json']


def test_pages_of_a_store_have_the_rows_of_the_same_pages_on_a_disk(run, scans, tmp_path):
    memory = fsspec.filesystem('memory')
    try:
        for source in scans:
            memory.pipe_file('/scans/' + Path(source).name, Path(source).read_bytes())
        addresses = [f'memory://scans/{Path(source).name}' for source in scans]
        run(scans)
        run([*addresses, 'memory://scans/none.png'], 'memory://tables')
        memory.get('/tables', str(tmp_path / 'copy'), recursive=True)
        for table in ('regions', 'pages'):
            expected = [{**row, 'source': 'memory://scans/' + Path(row['source']).name}
                        for row in rows(tmp_path / 'out', table)]
            assert rows(tmp_path / 'copy', table) == expected
        assert [(row['source'], row['page_number']) for row in rows(tmp_path / 'copy', 'errors')
                ] == [(addresses[2], 1), ('memory://scans/none.png', None)]
    finally:
        memory.store.clear()


class TestSecondRun:
    def test_what_is_complete_is_not_processed_or_written_again(self, run, scans, tmp_path):
        run(scans[:2])
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / 'out').rglob('*.parquet')}
        asked = DarkIsText.asked
        report = run(scans[:2], resume=True)
        assert (report.pages, report.skipped, DarkIsText.asked) == (0, 3, asked)
        assert before == {path: path.stat().st_mtime_ns for path in before}

    def test_failed_new_and_changed_files_are_processed(self, run, scans, tmp_path):
        run(scans)
        fixed = sheet(Path(scans[2]), 20)
        added = sheet(tmp_path / 'scans' / 'd.png', 25)
        os.utime(scans[0], ns=(2**62, 2**62))
        report = run([*scans[:2], added, fixed], resume=True)
        assert (report.pages, report.skipped, report.problems) == (3, 2, [])
        assert [(row['source'], row['page_number']) for row in rows(tmp_path / 'out', 'pages')] == [
            (scans[0], 1), (scans[1], 1), (scans[1], 2), (added, 1), (fixed, 1)]
        assert [row['box'][0] for row in rows(tmp_path / 'out', 'regions')] == [10, 5, 5, 25, 20]
        assert rows(tmp_path / 'out', 'errors') == []

    def test_files_that_are_gone_leave_no_row(self, run, scans, tmp_path):
        run(scans)
        report = run(scans[1:2], resume=True)
        assert (report.pages, report.skipped) == (0, 2)
        assert {row['source'] for row in rows(tmp_path / 'out', 'pages')} == {scans[1]}
        assert rows(tmp_path / 'out', 'errors') == []

    def test_a_shard_without_its_pages_is_processed_again(self, run, scans, tmp_path):
        run(scans[:1])
        (tmp_path / 'out' / 'pages' / 'part-000000.parquet').unlink()
        assert run(scans[:1], resume=True).pages == 1
        assert len(rows(tmp_path / 'out', 'regions')) == 1


class TestTarget:
    def test_tables_of_another_run_are_not_overwritten(self, run, scans, tmp_path):
        target = Storage(tmp_path / 'out')
        check_target(target, SETTINGS, resume=False)
        run(scans[:1])
        with pytest.raises(InputError, match='holds tables of an earlier run.*--resume'):
            check_target(target, SETTINGS, resume=False)
        check_target(target, SETTINGS, resume=True)
        with pytest.raises(InputError, match="network was 'dark' and is 'light'"):
            check_target(target, {'network': 'light'}, resume=True)

    def test_a_damaged_table_is_an_error(self, run, scans, tmp_path):
        run(scans[:1])
        (tmp_path / 'out' / 'pages' / 'part-000000.parquet').write_text('x')
        with pytest.raises(InputError, match='part-000000.parquet is not a Parquet file of this'):
            check_target(Storage(tmp_path / 'out'), SETTINGS, resume=True)

    def test_shards_beyond_the_last_are_removed(self, run, scans, tmp_path):
        for number in (0, 1, 2):
            run(scans[:1], number=number)
        remove_rest(Storage(tmp_path / 'out'), 1)
        assert [path.name for path in (tmp_path / 'out').rglob('*.parquet')] == [
            'part-000000.parquet'] * 3


def test_processes_give_the_same_tables(run, scans, tmp_path, monkeypatch):
    run(scans, 'one')
    module = tmp_path / 'modules' / 'fake_network_of_shards.py'
    module.parent.mkdir()
    module.write_text(NETWORK)
    monkeypatch.syspath_prepend(str(module.parent))
    import fake_network_of_shards

    from mmseg.utils import sandbox
    sandbox._forker.close()
    sandbox._idle.clear()
    try:
        run(scans, 'two', workers=2, opener=fake_network_of_shards.DarkIsText)
    finally:
        sandbox._forker.close()
        sandbox._idle.clear()
        del sys.modules['fake_network_of_shards']
    for table in ('regions', 'pages', 'errors'):
        one, two = (pyarrow.parquet.read_table(tmp_path / name / table) for name in ('one', 'two'))
        assert one.equals(two)


NETWORK = '''
import numpy as np
from mmseg.inference.predictor import PageArrays, Predictor

class DarkIsText(Predictor):
    classes, palette = ('background', 'text'), ((0, 0, 0), (0, 200, 0))
    page_classes = ('document', 'slide')

    def predict(self, images):
        text = [(image[..., 0] < 128).astype(np.float32) for image in images]
        return [PageArrays(np.stack([1 - page, page]), np.array([.75, .25], np.float32))
                for page in text]
'''


def test_strict_stops_at_the_first_problem(run, scans):
    with pytest.raises(InputError, match='c.png'):
        run(scans, strict=True)
