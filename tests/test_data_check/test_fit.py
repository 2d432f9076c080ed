"""Classes of the network, of its losses, of transforms and of the data."""
import logging

import mmcv
import numpy as np
import pytest

from mmseg.data_check import check_first_pages
from mmseg.utils.errors import InputError


def config(good, *transforms, **head):
    cfg = good.config()
    cfg.data.train.pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
                               *transforms]
    cfg.model = dict(decode_head=dict(num_classes=3, **head))
    return mmcv.Config(cfg._cfg_dict.to_dict())


def messages(report):
    return [(finding.kind, finding.message) for kind in report.findings.kinds()
            for finding in report.findings.of(kind)]


def crop(*classes):
    return dict(type='RandomCrop', crop_size=(32, 32), focus=dict(classes=classes, prob=.5))


def test_what_fits_is_silent(good):
    fitting = config(good, crop('figure', 2), dict(type='LabelErosion', pixels=1, class_names=(
        'background', 'figure', 'text')), loss_decode=dict(
            type='CrossEntropyLoss', class_weight=[1., 1., 2.]))
    assert messages(good.check(fitting)) == []


@pytest.mark.parametrize('losses, place', [
    (dict(type='CrossEntropyLoss', class_weight=[1., 2.]), 'loss_decode'),
    ([dict(type='DiceLoss'), dict(type='LovaszLoss', class_weight=[1., 2.])], 'loss_decode[1]')])
def test_weights_of_other_classes(good, losses, place):
    assert messages(good.check(config(good, loss_decode=losses))) == [
        ('class_weight', f'model.decode_head.{place}.class_weight has 2 values, but '
         'model.decode_head.num_classes is 3; give one value for each class, or None')]


def test_focus_on_classes_of_others_is_a_warning_and_has_no_effect(good, caplog):
    cfg = config(good, crop('table', 'validline'))
    assert messages(good.check(cfg)) == [
        ('other_names', 'RandomCrop has focus on table, validline, but the classes of data.train '
         'are background, figure, text: windows are drawn without it')]
    logger = logging.getLogger('said')
    with caplog.at_level(logging.INFO, 'said'):
        check_first_pages(cfg, logger, validate=False)
    assert [record.levelname for record in caplog.records if record.name == 'said'] == [
        'WARNING', 'INFO']


def test_erosion_of_classes_of_others_is_a_warning(good):
    kind, message = messages(good.check(config(good, dict(type='LabelErosion', pixels=1))))[0]
    assert kind == 'other_names' and message == (
        'LabelErosion has class_names background, figure, text, table, validline, but the classes '
        'of data.train are background, figure, text; give it these')


def test_a_misspelt_focus_is_found_before_the_training_whatever_is_drawn(good):
    cfg = config(good, crop('figrue'))
    state = np.random.get_state()[1].tolist()
    with pytest.raises(InputError, match="RandomCrop: focus names the class 'figrue' "
                                         r"\(did you mean 'figure'\?\), but the classes of the "):
        check_first_pages(cfg, logging.getLogger('said'), validate=False)
    assert np.random.get_state()[1].tolist() == state


def test_a_page_that_a_transform_refuses(good):
    cfg = config(good, dict(type='Normalize', mean=[1., 2.], std=[1., 1.], to_rgb=False))
    (kind, message), = messages(good.check(cfg))
    assert kind == 'pipeline' and 'Normalize' in message


def test_unreadable_pages_are_said_once(good):
    good.image('a').write_bytes(b'no picture')
    assert [kind for kind, _ in messages(good.check(config(good)))] == ['unreadable']


@pytest.mark.parametrize('keys, message', [
    (dict(model=dict(test_cfg=dict(layers=dict(validline=[1.])))),
     "layers names the class 'validline', which is not one of "),
    (dict(model=dict(test_cfg=dict(class_scales={7: [1.]}))), '7'),
    (dict(model=dict(test_cfg=dict(text_ink=dict(label='words')))), "'words'"),
    (dict(evaluation=dict(selected=('figure', 'tabel'))),
     "selected class 'tabel' is none of ")])
def test_tests_of_classes_of_others_are_found_before_the_training(good, keys, message):
    cfg = good.config()
    cfg.merge_from_dict(keys)
    (kind, said), = messages(good.check(cfg))
    assert kind == 'tested' and message in said
    with pytest.raises(InputError) as error:
        check_first_pages(cfg, logging.getLogger('said'))
    assert str(error.value).split(chr(10)) == [said]


def test_tests_of_classes_that_are_there(good):
    cfg = good.config()
    cfg.merge_from_dict(dict(
        model=dict(decode_head=dict(num_classes=3), test_cfg=dict(layers=dict(text=[1.]))),
        evaluation=dict(selected=('figure', 2))))
    assert messages(good.check(cfg)) == []
