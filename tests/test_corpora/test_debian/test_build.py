"""The whole recipe, from fetched packages to a data set."""
import json
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.debian import Caps, Recipe, build_corpus, counts_table
from mmseg.corpora.debian.checked import CheckedPage, build_checked, label_digits, write_checked
from mmseg.corpora.debian.edits import Edit
from mmseg.utils.errors import InputError

from .conftest import BEAMER

STEPS = ('survey', 'choose', 'convert')


@pytest.fixture
def recipe(archive, tmp_path):
    """Three packages, one of them held out, and the recipe of a corpus of them."""
    archive('manuals', 'first.pdf', ['table', 'figure', 'plain'])
    archive('manuals', 'second.pdf', ['rule', 'plain'])
    archive('talks', 'talk.pdf', ['sparse', 'figure', 'plain', 'plain'], BEAMER,
            creator='LaTeX with Beamer class')
    archive('talks', 'known.pdf', ['plain', 'plain'])
    archive('copies', 'copy.pdf', ['plain', 'plain'], seed='held.pdf')
    archive('secret', 'held.pdf', ['plain', 'plain'])
    lists = tmp_path / 'lists'
    lists.mkdir()
    (lists / 'packages.txt').write_text('manuals\ntalks\ncopies\nsecret\nabsent\n')
    (lists / 'held.txt').write_text('package secret\ndocument known\n')
    write_checked([], lists / 'checked.tsv', 'none')
    return Recipe(lists / 'packages.txt', [lists / 'held.txt'], lists / 'checked.tsv', pages=50,
                  caps=Caps(), longer_side=300)


def rows(work):
    lines = [line.split('\t') for line in (work / 'data/pages.tsv').read_text().splitlines()]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def test_a_data_set_with_its_counts(archive, recipe):
    counts = build_corpus(recipe, archive.work, STEPS)
    data = archive.work / 'data'
    assert {row['document'].rsplit('/')[-1] for row in rows(archive.work)} == {
        'first.pdf', 'second.pdf', 'talk.pdf'}
    pages = (data / 'ImageSets/Segmentation/train.txt').read_text().split()
    assert len(pages) == counts['pages'] == 9 and counts['documents'] == 3
    types = json.loads((data / 'cls_label.json').read_text())
    assert sum(types.values()) == 4 and set(types) == {f'{page}.jpg' for page in pages}
    for page in pages:
        assert (data / f'JPEGImages/{page}.jpg').is_file()
        assert (data / f'SegmentationClassPNG/{page}.png').is_file()
    assert counts['genre'] == {'manual': 5, 'slide': 4}
    refused = json.loads((archive.work / 'choice.json').read_text())['refused']
    assert refused['document held out by name'] == 1
    assert refused['document like one held out (text)'] == 1
    assert '9 pages of 3 documents out of 2 packages' in counts_table(counts)


def test_a_picture_like_one_held_out_is_refused(archive, recipe):
    """Too few words to tell it by its text."""
    for package, name in (('secret', 'held.pdf'), ('copies', 'copy.pdf')):
        archive(package, name, ['poster'], seed='same')
    build_corpus(recipe, archive.work, STEPS)
    assert 'copies' not in {row['package'] for row in rows(archive.work)}
    left_out = dict(json.loads((archive.work / 'data/left_out.json').read_text()))
    assert left_out['page is like one held out (picture)'] == 1


def test_a_page_that_one_class_covers_is_left_out(archive, recipe):
    build_corpus(recipe, archive.work, STEPS)
    first, second = (archive.work / f'data/pdf_pages/{row["page"]}.json'
                     for row in rows(archive.work)[:2])
    first.write_text(json.dumps({'pixels': {'background': 94, 'figure': 0, 'text': 0, 'table': 0,
                                            'validline': 6}}))
    second.write_text(json.dumps({'pixels': {'background': 19, 'figure': 81, 'text': 0,
                                             'table': 0, 'validline': 0}}))
    left_out = build_corpus(recipe, archive.work, ['convert'])['left out']
    assert left_out == {'page is covered by validline': 1, 'page is covered by figure': 1}


def test_it_goes_on_where_it_stopped_and_gives_the_same(archive, recipe):
    build_corpus(recipe, archive.work, STEPS)
    table = (archive.work / 'data/pages.tsv').read_text()
    page = rows(archive.work)[0]['page']
    image = archive.work / f'data/JPEGImages/{page}.jpg'
    before = image.stat().st_mtime_ns
    for name in ('pages.tsv', 'cls_label.json', 'ImageSets/Segmentation/train.txt'):
        (archive.work / 'data' / name).unlink()
    build_corpus(recipe, archive.work, STEPS)
    assert (archive.work / 'data/pages.tsv').read_text() == table
    assert image.stat().st_mtime_ns == before


@pytest.mark.parametrize('step, said', [
    ('survey', "do the step 'fetch' first"), ('choose', "do the step 'fetch' first"),
    ('convert', "do the step 'choose' first"), ('bake', "unknown step 'bake'")])
def test_a_step_whose_input_is_missing_says_so(recipe, tmp_path, step, said):
    with pytest.raises(InputError, match=said):
        build_corpus(recipe, tmp_path / 'empty', [step])


@pytest.fixture
def slide(archive):
    """A slide that was looked at, and its document."""
    path = archive('talks', 'talk.pdf', ['plain', 'figure'], BEAMER)
    (archive.work / 'packages.tsv').write_text(
        'name\tversion\tsha256\tmegabytes\tpdfs\tnote\ntalks\t1\tx\t1.0\t1\t\n')
    file = path.relative_to(archive.work / 'files/talks').as_posix()
    page = CheckedPage('talk_p0002', 'talks', file, 1, sha256(path.read_bytes()).hexdigest(),
                       'slide', 'latin')
    return page, path


def test_checked_pages_with_corrections(archive, slide, tmp_path):
    page, path = slide
    edits = {'talk_p0002': [Edit('talk_p0002', 'figure', 'table', (0, 0, 300, 300))]}
    out = tmp_path / 'checked'
    assert build_checked(archive.work, out, [page], edits, 300) == {}
    label = np.array(Image.open(out / 'SegmentationClassPNG/talk_p0002.png'))
    assert 3 in label and 1 not in label
    assert json.loads((out / 'cls_label.json').read_text()) == {'talk_p0002.jpg': 1}
    assert (out / 'ImageSets/Segmentation/val.txt').read_text() == 'talk_p0002\n'

    good = CheckedPage(**{**page.__dict__, 'label': label_digits(label)})
    other = CheckedPage(**{**page.__dict__, 'label': '0' * 16})
    assert build_checked(archive.work, out, [good], edits, 300) == {}
    assert build_checked(archive.work, out, [other], edits, 300) == {
        'talk_p0002': 'its label map is not the one that was looked at, 0000000000000000, but '
                      f'{good.label}'}
    path.write_bytes(b'changed')
    assert build_checked(archive.work, out, [good], edits, 300) == {
        'talk_p0002': 'its document is not the one that was looked at: the package is missing or '
                      'has another version'}


def test_a_checked_page_that_could_not_be_converted_is_tried_again(archive, slide, tmp_path):
    record = tmp_path / 'checked/pdf_pages/talk_p0002.json'
    record.parent.mkdir(parents=True)
    record.write_text('{"skipped": "the page takes more than 20 seconds to read"}')
    assert build_checked(archive.work, tmp_path / 'checked', [slide[0]], {}, 300) == {
        'talk_p0002': 'it was not converted: the page takes more than 20 seconds to read'}
    assert build_checked(archive.work, tmp_path / 'checked', [slide[0]], {}, 300) == {}
