"""Classes and colours of data sets."""
import pytest

from mmseg.core import cityscapes_palette, get_classes, get_palette, layout_classes, voc_classes
from mmseg.core.evaluation import class_names


def test_known_names():
    assert get_classes('cityscapes')[:2] == ['road', 'sidewalk']
    assert cityscapes_palette()[0] == [128, 64, 128]
    assert get_classes('ade20k')[7] == 'bed '  # as published checkpoints have it
    assert voc_classes()[-1] == 'tvmonitor'
    assert layout_classes() == ['background', 'figure', 'text', 'table', 'validline']
    assert get_palette('layout')[4] == [0, 0, 128]


@pytest.mark.parametrize('name, size', [
    ('cityscapes', 19), ('ade', 150), ('voc', 21), ('cocostuff', 171), ('loveda', 7),
    ('potsdam', 6), ('vaihingen', 6), ('isaid', 16), ('stare', 2), ('occludedface', 2),
    ('layout', 5)])
def test_as_many_colours_as_classes(name, size):
    assert len(getattr(class_names, f'{name}_classes')()) == size
    palette = getattr(class_names, f'{name}_palette')()
    assert len(palette) == size and all(len(colour) == 3 for colour in palette)


@pytest.mark.parametrize('alias, name', [
    ('pascal_voc', 'voc'), ('voc12aug', 'voc'), ('coco_stuff164k', 'cocostuff'),
    ('coco-stuff10k', 'cocostuff'), ('iSAID', 'isaid'), ('STARE', 'stare')])
def test_other_names_of_the_same_data_set(alias, name):
    assert get_classes(alias) == get_classes(name)
    assert get_palette(alias) == get_palette(name)


def test_an_unknown_data_set():
    with pytest.raises(ValueError, match="did you mean 'cityscapes'"):
        get_classes('cityscape')
    with pytest.raises(TypeError):
        get_palette(3)


def test_lists_are_the_callers_own():
    get_classes('voc').clear()
    get_palette('voc')[0][0] = 9
    assert len(get_classes('voc')) == 21 and get_palette('voc')[0] == [0, 0, 0]
