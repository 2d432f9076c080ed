"""The page of costs, and that every method is named where a reader looks for it."""
import re

import mmcv
import pytest

from mmseg.models.network_table import one_of_each, page, with_classes

COST = dict(parameters=1_260_000, multiply_adds=3_540_000_000)


def test_networks_are_compared_with_the_same_classes():
    heads = [dict(num_classes=150), dict(kernel_generate_head=dict(num_classes=2))]
    cfg = mmcv.Config(dict(fp16=dict(), model=dict(
        decode_head=heads, auxiliary_head=dict(type='STDCHead', num_classes=2))))
    changed = with_classes(cfg)
    assert changed.model.decode_head[0].num_classes == 19
    assert changed.model.decode_head[1].kernel_generate_head.num_classes == 19
    assert changed.model.auxiliary_head.num_classes == 2  # edges, not classes
    assert 'fp16' not in changed and cfg.model.decode_head[0].num_classes == 150


def test_one_config_represents_those_that_cost_the_same():
    other = dict(COST, parameters=2)
    assert one_of_each({'configs/_base_/models/a.py': COST, 'configs/b/y.py': COST,
                        'configs/b_base_/x.py': COST, 'configs/b/z.py': other}) == [
                            'configs/b/y.py', 'configs/b/z.py']


def test_rows():
    row = '| [x](../configs/b/x.py) | 1.3 | 3.5 |'
    assert page({'configs/b/x.py': COST}).splitlines()[-1] == row
    timed = dict(COST, seconds=.126, memory=3 * 2**29)
    assert page({'configs/b/x.py': timed}).splitlines()[-1] == row + ' 0.13 | 1.50 |'
    some = page({'configs/b/x.py': timed, 'configs/b/y.py': COST})
    assert [line.split(' |')[3:5] for line in some.splitlines()[-2:]] == [
        [' 0.13', ' 1.50'], [' –', ' –']]
    assert 'not been measured' in page({'configs/b/y.py': COST})


@pytest.mark.parametrize('document, link', [
    ('configs/README.md', r'\]\((\w+)\)'), ('docs/model_zoo.md', r'\]\(\.\./configs/(\w+)/')])
def test_every_method_is_named(document, link, repository):
    named = set(re.findall(link, (repository / document).read_text()))
    folders = {path.name for path in (repository / 'configs').iterdir() if path.is_dir()}
    others = {'classification', 'deformable_detr'} if 'zoo' in document else set()
    assert folders - {'_base_'} - others <= named
