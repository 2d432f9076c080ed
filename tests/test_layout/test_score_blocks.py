"""Blocks of pages by hand against true ones."""
import json
import math

import pytest
from shapely.geometry import box

from mmseg.cli import main
from mmseg.core.evaluation.block_counts import block_counts, block_scores, sum_blocks
from mmseg.layout.score_blocks import read_blocks, score_blocks
from mmseg.utils.errors import InputError

from ..tagged_pdf import write

TRUE = [box(0, 0, 100, 50), box(0, 60, 100, 110), box(0, 120, 100, 170)]


@pytest.mark.parametrize('found, wanted', [
    (TRUE, (3, 3, 3, 0, 0, 2, 2)),
    (TRUE[::-1], (3, 3, 3, 0, 0, 2, 0)),
    ([TRUE[0], TRUE[2], TRUE[1]], (3, 3, 3, 0, 0, 2, 0)),
    ([box(0, 0, 100, 20), box(0, 20, 100, 50), *TRUE[1:]], (3, 4, 3, 1, 0, 2, 2)),
    ([box(0, 0, 100, 110), TRUE[2]], (3, 2, 1, 0, 1, 0, 0)),
    ([], (3, 0, 0, 0, 0, 0, 0)),
])
def test_blocks_of_a_page(found, wanted):
    assert tuple(block_counts(found, TRUE)) == wanted


def test_scores_are_those_of_the_sums():
    total = sum_blocks([block_counts(TRUE, TRUE), block_counts(TRUE[:1], TRUE)])
    scores = block_scores(total)
    assert (scores['blocks'], scores['predicted'], scores['matched']) == (6, 4, 4)
    assert scores['precision'] == 1 and scores['f1'] == .8 and scores['right_neighbours'] == 1
    assert math.isnan(block_scores(block_counts([], []))['f1'])


def test_found_blocks_on_other_text_do_not_count():
    header = box(0, 200, 100, 220)
    assert tuple(block_counts([*TRUE, header], TRUE, [box(10, 205, 90, 215)]))[:3] == (3, 3, 3)
    assert tuple(block_counts([*TRUE, header], TRUE))[:3] == (3, 4, 3)
    assert tuple(block_counts(TRUE, TRUE, [box(0, 48, 100, 62)]))[:3] == (3, 3, 3)


def page(regions, order):
    coords = ''.join(
        f'<{kind} id="{name}"><Coords points="{points}"/></{kind}>'
        for name, (kind, points) in regions.items())
    refs = ''.join(f'<RegionRefIndexed index="{i}" regionRef="{name}"/>'
                   for i, name in enumerate(order))
    return ('<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
            '<Page imageWidth="1000" imageHeight="1200">'
            f'<ReadingOrder><OrderedGroup id="o">{refs}</OrderedGroup></ReadingOrder>{coords}'
            '</Page></PcGts>')


UPPER, LOWER = '0,0 100,0 100,50 0,50', '0,60 100,60 100,110 0,110'


def test_folders_of_page_xml_are_compared(tmp_path, capsys):
    for name in ('true', 'found'):
        (tmp_path / name).mkdir()
    regions = dict(a=('TextRegion', UPPER), b=('TextRegion', LOWER), c=('ImageRegion', UPPER))
    (tmp_path / 'true/one.xml').write_text(page(regions, 'ab'))
    (tmp_path / 'found/one.page.xml').write_text(page(regions, 'ba'))
    assert [block.bounds[1] for block in read_blocks(tmp_path / 'found/one.page.xml')] == [60, 0]
    scores = score_blocks(tmp_path / 'true', tmp_path / 'found')
    assert scores['f1'] == 1 and scores['right_neighbours'] == 0
    main(['score-blocks', str(tmp_path / 'true'), str(tmp_path / 'found'), '--json',
          str(tmp_path / 'scores.json')])
    assert 'f1: 1.0000' in capsys.readouterr().out
    assert json.loads((tmp_path / 'scores.json').read_text())['pages']['one']['matched'] == 2


def test_paragraphs_of_tagged_pdfs_are_true(tmp_path, capsys):
    pytest.importorskip('pypdfium2')
    # 500 x 600 points on 1000 x 1200 pixels; lines of text are about 9 points high
    pdf = write(tmp_path, [('P', 0, [0]), ('P', 0, [1])], [
        (0, 50, 100, 'words of a line'), (0, 50, 115, 'words of a line'), (1, 50, 300, 'words'),
        (None, 50, 20, 'a running head')])
    (tmp_path / 'found').mkdir()
    lines = [(90, 36, 260, 48), (98, 180, 262, 236), (98, 580, 162, 606)]
    regions = {name: ('TextRegion', f'{a},{b} {c},{b} {c},{d} {a},{d}')
               for name, (a, b, c, d) in zip('abc', lines)}
    (tmp_path / 'found/a_0001.page.xml').write_text(page(regions, 'abc'))
    main(['score-blocks', str(pdf), str(tmp_path / 'found')])
    assert 'predicted: 2\nmatched: 2\n' in capsys.readouterr().out
    assert score_blocks(tmp_path, tmp_path / 'found')['right_neighbours'] == 1
    pdf.write_text(pdf.read_text().replace('/StructTreeRoot 6', '/Other 6'))
    with pytest.raises(InputError, match='tells no paragraphs: it is not a tagged PDF'):
        score_blocks(pdf, tmp_path / 'found')


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match='not found'):
        score_blocks(tmp_path / 'a', tmp_path)
    with pytest.raises(InputError, match='has no PAGE-XML file'):
        score_blocks(tmp_path, tmp_path)
    (tmp_path / 'b').mkdir()
    (tmp_path / 'b/x.xml').write_text('<a/>')
    (tmp_path / 'c').mkdir()
    (tmp_path / 'c/y.xml').write_text('<a/>')
    with pytest.raises(InputError, match='no PAGE-XML file for 1 of 1 pages: x'):
        score_blocks(tmp_path / 'b', tmp_path / 'c')
    with pytest.raises(InputError, match='it has no Page'):
        read_blocks(tmp_path / 'b/x.xml')
