"""Many pages: several processes, near hashes, reports."""
import ctypes
import json
import re

import numpy as np
import pytest

from mmseg.data_check import page
from mmseg.data_check.duplicates import MAX_BITS, nearest_looks
from mmseg.data_check.html import render, write_html
from mmseg.utils.errors import InputError


@pytest.fixture
def many(good):
    """Forty pages that are links to four, with faults on some."""
    names = []
    for number in range(40):
        name, twin = f'p{number:02}', 'abcd'[number % 4]
        good.image(name).hardlink_to(good.image(twin))
        if number % 7:
            good.mask(name).hardlink_to(good.mask(twin))
        names.append(name)
    good.change_mask('c', lambda mask: mask[:80])
    good.split('train', names)
    good.page_labels({f'{name}.jpg': 0 for name in [*names, 'e', 'f']})
    return good


def test_several_processes_find_what_one_finds(many):
    one, two = many.check(nproc=1), many.check(nproc=2)
    assert one.plain() == two.plain()
    assert one.text() == two.text()
    # 0, 7, 14, ... 35 have no label map; of the others that link to c (10 pages) all but 14
    assert one.findings.counts == {('missing', 'train'): 6, ('size', 'train'): 9}
    assert one.sizes.sizes.tolist() == two.sizes.sizes.tolist() == [[64, 96]] * 40


def test_a_page_on_which_a_library_crashes_is_a_finding(many, monkeypatch):
    content = b'crashes'
    many.image('p05').unlink()
    many.image('p05').write_bytes(content)
    read = page.read_image

    def crash(found, loader):
        if found == content:
            ctypes.string_at(1)
        return read(found, loader)

    monkeypatch.setattr(page, 'read_image', crash)
    report = many.check(nproc=2)
    assert report.findings.counts == {('missing', 'train'): 6, ('size', 'train'): 9,
                                      ('unreadable', 'train'): 1}
    finding, = report.findings.of('unreadable')
    assert finding.file.endswith('p05.jpg') and 'crashes what reads it (SIGSEGV)' in finding.message
    assert report.sizes.sizes.tolist() == [[64, 96]] * 39


def test_the_first_pages_only(many):
    report = many.check(first=8)
    assert [row['checked'] for row in report.split_rows()] == [8, 2]
    assert report.findings.counts == {('missing', 'train'): 2, ('size', 'train'): 2}


def test_near_hashes_are_those_of_a_full_search():
    random = np.random.RandomState(0)
    known = random.randint(0, 2**63, (200, 4), dtype=np.int64).astype(np.uint64)
    known[150:] = known[0]  # as sheets of one form are
    asked = known[random.randint(0, 200, 60)].copy()
    for row, flips in enumerate(random.randint(0, 25, 60)):
        for bit in random.choice(256, flips, replace=False):
            asked[row, bit // 64] ^= np.uint64(1 << (bit % 64))
    bits = np.bitwise_count(asked[:, None] ^ known[None]).sum(axis=2, dtype=int)
    near, distance = nearest_looks(known, asked)
    within = bits.min(axis=1) <= MAX_BITS
    assert 20 < within.sum() < 60
    assert near[within].tolist() == bits.argmin(axis=1)[within].tolist()
    assert distance[within].tolist() == bits.min(axis=1)[within].tolist()
    assert (near[~within] == -1).all()


def test_no_hashes_have_no_neighbours():
    none = np.zeros((0, 4), np.uint64)
    assert nearest_looks(none, none)[0].tolist() == []
    assert nearest_looks(none, np.ones((2, 4), np.uint64))[0].tolist() == [-1, -1]


def test_the_page_needs_no_other_file(many, tmp_path):
    report = many.check(keep=8)
    write_html(report, tmp_path / 'new' / 'report.html')
    text = (tmp_path / 'new' / 'report.html').read_text(encoding='utf-8')
    assert not re.search(r'https?://|<script|<link|url\(', text)
    assert all(source.startswith('data:image/webp;base64,')
               for source in re.findall(r'src="([^"]*)"', text))
    # six pages without a label map, six of the nine of another size with both
    assert len(re.findall('<img ', text)) == 6 + 2 * 6
    assert 'SegmentationClassPNG/p02.png is 64x80 pixels' in text and str(many.root) in text
    assert '2 more, and 1 that are\nonly counted' in text
    assert [file.name for file in (tmp_path / 'new').iterdir()] == ['report.html']


def test_names_are_not_markup(good):
    image, mask = good.image('<b>x'), good.mask('<b>x')
    image.write_bytes(b'')
    mask.hardlink_to(good.mask('a'))
    good.split('train', ['a', '<b>x'])
    good.page_labels(dict.fromkeys(['a', 'e', 'f', '<b>x'], 0))
    text = render(good.check())
    assert '&lt;b&gt;x.jpg' in text and '<b>x' not in text


def test_a_report_that_cannot_be_written_is_one_sentence(good, tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(InputError, match='^cannot write .*file/report.html: '):
        write_html(good.check(), tmp_path / 'file' / 'report.html')


def test_json_has_it_all(many):
    content = json.loads(json.dumps(many.check(keep=1).plain()))
    assert content['counts'] == {'missing': {'train': 6}, 'size': {'train': 9}}
    assert [finding['kind'] for finding in content['findings']] == ['missing', 'size']
    assert content['findings'][0] == {
        'kind': 'missing', 'severity': 'error', 'split': 'train',
        'file': str(many.mask('p00')), 'message': f'{many.mask("p00")} is not there, but '
        'data.train names it; put it there or take its page out of the split'}
    assert content['class_weight'] == [row['weight'] for row in content['classes'].values()]
    assert content['sizes']['width'] == {f'p{n}': 64 for n in (0, 10, 50, 90, 100)}
    assert content['crop_size'] == [64, 64]


def test_without_imagehash_the_rest_is_checked(good, monkeypatch):
    import sys
    monkeypatch.setitem(sys.modules, 'imagehash', None)
    good.split('val', ['b', 'e'])
    report = good.check()
    assert report.errors == 0
    assert report.notes == ['pages were not compared across splits: that needs ImageHash; install '
                            "the extra 'data' (pip install 'mmseg-layout[data]')"]
    assert report.notes[0] in report.text()
