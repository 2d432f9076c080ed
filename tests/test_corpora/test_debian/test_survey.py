"""What a survey says of small PDFs."""
import json

from mmseg.corpora.debian import watched
from mmseg.corpora.debian.genres import content_of
from mmseg.corpora.debian.survey import survey_document, survey_package
from mmseg.corpora.debian.watched import read_lines

from .conftest import BEAMER


def test_contents_of_pages(archive):
    kinds = ['plain', 'table', 'figure', 'rule', 'sparse']
    facts = survey_document(archive('a', 'x.pdf', kinds))
    assert (facts['pages'], facts['creator'], len(facts['sha256'])) == (5, 'LaTeX', 64)
    assert [content_of(page) for page in facts['seen']] == kinds
    first = facts['seen'][0]
    assert (first['size'], first['script'], first['font']) == ([595.3, 841.9], 'latin', 'Helvetica')
    assert len(first['sketch']) == 24


def test_more_pages_of_slides_are_looked_at(archive):
    long = survey_document(archive('a', 'x.pdf', ['sparse'] * 70))
    slides = survey_document(archive('a', 'y.pdf', ['sparse'] * 70, BEAMER))
    assert len(long['seen']) == 14 and len(slides['seen']) == 60
    assert [page['number'] for page in long['seen']][::13] == [0, 69]


def test_broken_files_are_skipped_with_their_reason(archive):
    archive('a', 'x.pdf', ['plain']).write_bytes(b'%PDF-1.4 broken')
    archive('a', 'y.pdf', ['plain'])
    record = archive.work / 'survey' / 'a.jsonl'
    survey_package(archive.work / 'files' / 'a', record)
    broken, good = read_lines(record)
    assert broken == {'file': 'usr/share/doc/a/x.pdf', 'skipped': 'it is not a PDF, or a broken '
                      'one'}
    assert good['pages'] == 1


def test_it_goes_on_where_it_stopped(archive, monkeypatch):
    for name in ('x.pdf', 'y.pdf'):
        archive('a', name, ['plain'])
    record = archive.work / 'survey' / 'a.jsonl'
    record.parent.mkdir()
    done = json.dumps({'file': 'usr/share/doc/a/x.pdf', 'skipped': 'seen before'})
    (record.parent / 'a.jsonl.part').write_text(f'{done}\n{{"file": "usr/sha')
    survey_package(archive.work / 'files' / 'a', record)
    first, second = read_lines(record)
    assert first['skipped'] == 'seen before' and second['pages'] == 1
    monkeypatch.setattr(watched, 'Worker', None)  # what is finished is not looked at again
    survey_package(archive.work / 'files' / 'a', record)
