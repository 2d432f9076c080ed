"""Blocks of pages by hand against true ones."""
import json
import math

import pytest
from shapely.geometry import box

from mmseg.cli import main
from mmseg.core.evaluation.block_counts import block_counts, block_scores, sum_blocks
from mmseg.layout.score_blocks import read_blocks, score_blocks
from mmseg.utils.errors import InputError

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


def page(regions, order):
    coords = ''.join(
        f'<{kind} id="{name}"><Coords points="{points}"/></{kind}>'
        for name, (kind, points) in regions.items())
    refs = ''.join(f'<RegionRefIndexed index="{i}" regionRef="{name}"/>'
                   for i, name in enumerate(order))
    return ('<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page>'
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
