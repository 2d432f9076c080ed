"""What networks call their outputs."""
import pytest
from torch import nn

from mmseg.models import OutputNames, build_segmentor
from mmseg.models.output_names import name_outputs

COLOURS = [[0, 0, 0], [255, 0, 0]]


def network(pixels, types=0):
    model = nn.Module()
    model.num_classes, model.cls_head = pixels, nn.Module()
    model.cls_head.num_classes = types
    return model


def small():
    return dict(type='EncoderDecoder', backbone=dict(
        type='UNet', base_channels=2, num_stages=2, strides=(1, 1), enc_num_convs=(1, 1),
        dec_num_convs=(1, ), downsamples=(True, ), enc_dilations=(1, 1), dec_dilations=(1, )),
        decode_head=dict(type='FCNHead', in_channels=2, in_index=1, channels=2, num_classes=2),
        test_cfg=dict(mode='whole'))


def test_names_come_with_the_network():
    model = build_segmentor(small(), names=OutputNames(('paper', 'ink'), COLOURS))
    assert (model.CLASSES, model.PALETTE, model.PAGE_CLASSES) == (('paper', 'ink'), COLOURS, None)
    assert build_segmentor(small()).CLASSES is None
    model.CLASSES = ('page', 'letter')  # as scripts for MMSegmentation 0.x do
    assert model.CLASSES == ('page', 'letter')


@pytest.mark.parametrize('given, taken', [
    (('a', 'b'), ('a', 'b')), (('a', 'b', 'c'), None), (None, None)])
def test_defaults_are_taken_where_the_number_is_right(given, taken):
    assert build_segmentor(small(), default_names=OutputNames(given)).CLASSES == taken


def test_what_is_sure_goes_before_defaults():
    model = network(2, types=3)
    name_outputs(model, OutputNames(('a', 'b', 'c')),
                 OutputNames(('d', 'e'), COLOURS, ('form', 'letter', 'table')))
    assert (model.CLASSES, model.PALETTE) == (('a', 'b', 'c'), COLOURS)
    assert model.PAGE_CLASSES == ('form', 'letter', 'table')


def test_classes_of_a_classifier_are_page_types():
    model = network(0, types=2)
    name_outputs(model, OutputNames(), OutputNames(('document', 'slide')))
    assert model.CLASSES == ('document', 'slide')


def test_a_network_of_lines_keeps_its_own_classes():
    model = network(2)
    model.CLASSES = ('background', 'text')
    name_outputs(model, OutputNames(('a', 'b', 'c')), OutputNames())
    assert model.CLASSES == ('background', 'text')


def test_names_of_data_sets_and_of_checkpoints():
    names = OutputNames.of(dict(CLASSES=['a'], PALETTE=[], seed=3))
    assert names == (['a'], None, None)
    assert names.or_else(OutputNames(('b', ), COLOURS)) == (['a'], COLOURS, None)
