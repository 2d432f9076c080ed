from types import SimpleNamespace

import pytest
from torch import nn

from mmseg.core import NumClassCheckHook
from mmseg.utils.errors import InputError


def runner(num_classes, classes, wrapped=False):
    model = nn.Module()
    model.bbox_head = nn.Module()
    model.bbox_head.num_classes = num_classes
    warnings = []
    loader = SimpleNamespace(dataset=SimpleNamespace(CLASSES=classes))
    return SimpleNamespace(
        model=model, data_loader=SimpleNamespace(_dataloader=loader) if wrapped else loader,
        logger=SimpleNamespace(warning=warnings.append), warnings=warnings)


@pytest.mark.parametrize('wrapped', [False, True])
def test_other_numbers_of_classes_are_an_error(wrapped):
    NumClassCheckHook().before_iter(runner(2, ('figure', 'table'), wrapped))
    with pytest.raises(InputError, match='num_classes of bbox_head is 80.* has 2 classes'):
        NumClassCheckHook().before_iter(runner(80, ('figure', 'table'), wrapped))


def test_a_forgotten_comma_is_named():
    with pytest.raises(InputError, match='needs a comma'):
        NumClassCheckHook().before_iter(runner(1, 'text'))


def test_it_looks_once_and_warns_where_it_cannot_tell():
    hook, first = NumClassCheckHook(), runner(2, None)
    hook.before_iter(first)
    assert 'has no CLASSES' in first.warnings[0]
    hook.before_iter(runner(1, 'text'))
