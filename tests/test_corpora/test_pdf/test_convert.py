import hashlib
import json
import os
import runpy
import sys
import time

import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.pdf import convert_pdfs, pages, report_table
from mmseg.datasets import LayoutDataset
from mmseg.utils.errors import InputError
from mmseg.utils.sandbox import LimitError


@pytest.fixture
def pdfs(draw, noise):
    """A report of three pages, one of them a scan, slides of two pages, and files that are
    useless.
    """
    page = draw('report.pdf')
    page.text(50, 100)
    page.canvas.showPage()
    page.image(noise, 0, 0, 500, 600)
    page.canvas.showPage()
    page.text(50, 100)
    page.line(50, 300, 400, 300)
    page.save()
    page = draw('talks/slides.pdf', size=(640, 480))
    for _ in range(2):
        page.text(50, 100)
        page.image(noise, 100, 200, 300, 400)
        page.canvas.showPage()
    page.save()
    draw('secret.pdf', encrypt='word').save()
    (draw.folder / 'copy.pdf').write_bytes((draw.folder / 'report.pdf').read_bytes())
    return draw.folder


def hashes(folder):
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob('*')) if path.is_file()}


def test_a_data_set_comes_out_that_can_be_trained_on(pdfs, tmp_path):
    report = convert_pdfs(pdfs, tmp_path / 'out', longer_side=320)
    lists = {split: (tmp_path / 'out/ImageSets/Segmentation' / f'{split}.txt').read_text().split()
             for split in ('train', 'val', 'trainval')}
    assert sorted(len(lists[split]) for split in ('train', 'val')) == [2, 2]
    assert sorted(lists['train'] + lists['val']) == lists['trainval']
    for split in ('train', 'val'):  # no document in both
        assert len({name.split('_')[0] for name in lists[split]}) == 1
    dataset = LayoutDataset([], data_root=str(tmp_path / 'out'), split='trainval', with_cls=True)
    assert dataset.CLASSES == ('background', 'figure', 'text', 'table', 'validline')
    kinds = {info['filename'].split('_')[0]: info['cls_label'] for info in dataset.img_infos}
    assert kinds == {'copy': 0, 'slides': 1}
    slide, = (name for name in lists['trainval'] if name.startswith('slides')
              and name.endswith('_p0002'))
    label = Image.open(tmp_path / 'out/SegmentationClassPNG' / f'{slide}.png')
    assert label.mode == 'P' and label.getpalette()[3:6] == [128, 0, 0]
    label = np.array(label)
    assert label.shape == (240, 320) and label[150, 100] == 1 and label[48, 60] == 2
    image = Image.open(tmp_path / 'out/JPEGImages' / f'{slide}.jpg')
    assert image.size == (320, 240)
    assert json.loads((tmp_path / 'out/pdf_report.json').read_text()) == report


def test_the_report_names_what_was_skipped(pdfs, tmp_path):
    report = convert_pdfs(pdfs, tmp_path / 'out', longer_side=320)
    copy, original, secret, slides = report['documents']
    assert copy['file'] == 'copy.pdf' and copy['pages'] == 3
    scan, = (facts for name, facts in copy['taken'].items() if name.endswith('_p0002'))
    assert scan == {'skipped': 'a scan: one picture and no text'}
    assert original['skipped'] == 'the same file as copy.pdf'
    assert secret['skipped'] == 'is encrypted: save it without its password'
    assert {facts['page_type'] for facts in slides['taken'].values()} == {'slide'}
    table = report_table(report)
    assert 'secret.pdf' in table and 'a scan: one picture and no text' in table


def test_two_processes_give_the_same_files_as_one(pdfs, tmp_path):
    convert_pdfs(pdfs, tmp_path / 'one', longer_side=200)
    convert_pdfs(pdfs, tmp_path / 'two', longer_side=200, nproc=2)
    one = hashes(tmp_path / 'one')
    assert one == hashes(tmp_path / 'two') and len(one) > 15


def test_the_progress_bar_counts_pages(pdfs, tmp_path, capsys):
    convert_pdfs(pdfs, tmp_path / 'data')
    assert '0/5' in capsys.readouterr().err


def test_finished_pages_are_not_done_again(pdfs, tmp_path):
    out = tmp_path / 'out'
    convert_pdfs(pdfs, out, longer_side=200)
    before = hashes(out)
    next(out.glob('pdf_pages/slides_*_p0002.json')).unlink()
    times = {file: file.stat().st_mtime_ns for file in out.glob('JPEGImages/*')}
    convert_pdfs(pdfs, out, longer_side=200)
    again = [file.name for file, time in times.items() if file.stat().st_mtime_ns != time]
    assert len(again) == 1 and again[0].endswith('_p0002.jpg') and hashes(out) == before


def test_lines_of_text_are_written(pdfs, tmp_path):
    convert_pdfs(pdfs, tmp_path / 'out', longer_side=600)
    file, = (tmp_path / 'out/TextLines').glob('copy_*_p0001.json')
    line, = json.loads(file.read_text())['lines']
    assert line['direction'] == 'ltr'
    (x0, y0), (x1, _), (_, y1), _ = line['polygon']
    assert (x0, y0, x1, y1) == pytest.approx((51, 91, 331, 103), abs=1)


def test_more_pdfs_are_added_and_other_settings_refused(pdfs, draw, tmp_path):
    out = tmp_path / 'out'
    convert_pdfs(pdfs, out, longer_side=200)
    page = draw('more.pdf')
    page.text(50, 100)
    page.save()
    report = convert_pdfs(pdfs, out, longer_side=200)
    assert [document['file'] for document in report['documents']][1] == 'more.pdf'
    with pytest.raises(InputError, match='was begun with longer_side=200'):
        convert_pdfs(pdfs, out, longer_side=300)
    (pdfs / 'more.pdf').unlink()
    with pytest.raises(InputError, match='does not have, such as more.pdf'):
        convert_pdfs(pdfs, out, longer_side=200)


def test_a_folder_with_something_else_is_left_alone(pdfs, tmp_path):
    (tmp_path / 'mine').write_text('something')
    with pytest.raises(InputError, match='exists and does not hold pages of PDFs'):
        convert_pdfs(pdfs, tmp_path, longer_side=200)
    assert (tmp_path / 'mine').read_text() == 'something'


@pytest.mark.parametrize('what, reason', [
    ((os.abort, ), 'crashes what reads it (SIGABRT)'),
    ((time.sleep, 60), 'takes more than 1 seconds'),
    ((json.loads, '{'), 'cannot be read: JSONDecodeError: Expecting property name')])
def test_pages_that_end_or_hang_their_reader_are_skipped(tmp_path, monkeypatch, what, reason):
    real = pages.Worker.call

    def call(worker, function, job, number, name, **limits):
        if number == 2:
            return {'size': [10, 10], 'number': 2}
        return real(worker, *what, **limits)

    monkeypatch.setattr(pages.Worker, 'call', call)
    names = {number: f'p{number}' for number in range(3)}
    pages.PagesJob(tmp_path / 'a.pdf', tmp_path, names, 100, None, 1).run()
    first, second, third = (json.loads((tmp_path / f'pdf_pages/p{number}.json').read_text())
                            for number in range(3))
    assert reason in first['skipped'] and reason in second['skipped']
    assert third == {'size': [10, 10], 'number': 2}


def test_a_document_of_which_three_pages_crash_is_given_up(tmp_path, monkeypatch):
    def call(*args, **limits):
        raise LimitError('the page crashes')

    monkeypatch.setattr(pages.Worker, 'call', call)
    pages.PagesJob(tmp_path / 'a.pdf', tmp_path, {n: f'p{n}' for n in range(5)}, 100, None, 1).run()
    said = [json.loads((tmp_path / f'pdf_pages/p{number}.json').read_text())['skipped']
            for number in range(5)]
    assert said == ['the page crashes'] * 3 + [
        '3 pages before it could not be read in time or memory'] * 2


def test_options(pdfs, tmp_path):
    report = convert_pdfs(pdfs / 'report.pdf', tmp_path / 'out', dpi=36, max_pages=1, val=0,
                          page_types=['report.pdf=letter'], page_classes=['letter', 'slide'])
    (name, facts), = report['documents'][0]['taken'].items()
    assert name.endswith('_p0001') and facts['page_type'] == 'letter'
    assert facts['size'] == [300, 250] and sum(facts['pixels'].values()) == 300 * 250
    assert not (tmp_path / 'out/ImageSets/Segmentation/val.txt').exists()
    for mistake in (dict(dpi=10, longer_side=10), dict(val=1.), dict(max_pages=0),
                    dict(longer_side=-1), dict(page_types=['x'])):
        with pytest.raises(InputError):
            convert_pdfs(pdfs, tmp_path / 'other', **mistake)
    assert not (tmp_path / 'other').exists()


def run_tool(repository, monkeypatch, *arguments):
    tool = str(repository / 'tools/convert_datasets/pdf.py')
    monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
    runpy.run_path(tool, run_name='__main__')


def test_the_tool_prints_the_report_and_names_mistakes(pdfs, tmp_path, repository, monkeypatch,
                                                       capsys):
    run_tool(repository, monkeypatch, pdfs, tmp_path / 'out', '--longer-side', 200, '--seed', 3,
             '--page-type', 'talks=document')
    printed = capsys.readouterr().out
    assert 'secret.pdf' in printed and 'is encrypted' in printed
    labels = json.loads((tmp_path / 'out/cls_label.json').read_text())
    assert set(labels.values()) == {0} and len(labels) == 4
    with pytest.raises(SystemExit, match='1'):
        run_tool(repository, monkeypatch, tmp_path / 'nowhere', tmp_path / 'o')
    assert 'is not a folder of PDFs' in capsys.readouterr().err
