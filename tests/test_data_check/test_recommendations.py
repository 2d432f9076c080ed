"""Weights and crops, counted by hand, and options that a config takes."""
import mmcv
import numpy as np
import pytest

from mmseg.data_check.recommendations import (
    class_weights,
    crop_options,
    measure_sizes,
    weight_options,
)
from mmseg.utils.config import load_config


def test_weights_of_a_page_of_four_pixels():
    # three pixels of class 0, one of class 1: frequencies 0.75 and 0.25, their median 0.5
    assert class_weights(np.array([3, 1, 0]), np.array([4, 4, 0])) == [0.67, 2.0, 1.0]


def test_a_class_counts_only_on_the_pages_where_it_occurs():
    # two pages of four pixels; class 1 has two pixels on one of them: 6/8 and 2/4
    assert class_weights(np.array([6, 2]), np.array([8, 4])) == [0.83, 1.25]


def test_weights_are_clipped():
    assert class_weights(np.array([900, 99, 1]), np.array([1000, 1000, 1000])) == [0.11, 1.0, 10.0]


def test_the_data_set_s_weights(good):
    classes = good.check().classes
    # of 96 x 64 pixels 32 x 48 are text and 32 x 48 figure on each of four pages
    assert classes.pixels.tolist() == [4 * 3072, 4 * 1536, 4 * 1536]
    assert classes.pages.tolist() == [4, 4, 4]
    assert classes.weights == [0.5, 1.0, 1.0]


def crops(sizes, *steps):
    class Source:
        splits = ['train']

    class Total:
        pass

    Total.sizes = np.array(sizes, np.int32)
    cfg = mmcv.Config(dict(data=dict(train=dict(pipeline=list(steps)))))
    return measure_sizes(cfg, [Source], [Total])


def test_the_crop_is_what_four_of_five_pages_hold():
    found = crops([(100, 50), (700, 900), (700, 900), (700, 900), (900, 700), (0, 0)])
    assert found.crop == (640, 640) and found.current is None
    assert found.fits == 0.8
    assert crops([(700, 900)] * 3 + [(100, 300)] * 2).crop == (64, 64)
    assert crops([(5000, 4000)] * 3).crop == (1024, 1024)


def test_the_crop_is_of_pages_as_the_pipeline_scales_them():
    found = crops([(800, 1000)], dict(type='Resize', img_scale=(500, 500)),
                  dict(type='RandomCrop', crop_size=(256, 512)))
    assert found.scaled.tolist() == [[400, 500]]
    assert found.crop == (384, 384) and found.current == (256, 512) and found.fits == 0
    stretched = crops([(800, 1000)], dict(type='Resize', img_scale=(640, 320), keep_ratio=False))
    assert stretched.scaled.tolist() == [[640, 320]] and stretched.crop == (320, 320)


def options(text):
    """What the command line makes of ``--cfg-options ...``."""
    import argparse
    import shlex

    from mmseg.cli.options import DictAction
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args(shlex.split(text)).cfg_options


@pytest.mark.parametrize('config, loss', [
    ('layout/deeplabv3plus_r18-d16_512x512_20k_layout.py',
     lambda model: model.decode_head.loss_decode[0]),
    ('_base_/models/ocrnet_hr18.py', lambda model: model.decode_head[1].loss_decode),
    ('knet/knet_s3_fcn_r50-d8_8x2_512x512_adamw_80k_ade20k.py',
     lambda model: model.decode_head.kernel_generate_head.loss_decode),
    ('_base_/models/fcn_r50-d8.py', lambda model: model.decode_head.loss_decode),
])
def test_the_options_change_the_config(config, loss, repository):
    file = str(repository / 'configs' / config)
    cfg = load_config(file)
    line, option = weight_options(cfg, [0.5, 1, 10])
    assert line == 'class_weight=[0.5, 1, 10]'
    assert loss(load_config(file, options(option)).model).class_weight == [0.5, 1, 10]


def test_a_head_without_a_loss_is_given_one():
    cfg = mmcv.Config(dict(model=dict(decode_head=dict(type='FCNHead'))))
    assert weight_options(cfg, [0.5, 2])[1] == (
        '--cfg-options model.decode_head.loss_decode.type=CrossEntropyLoss '
        "model.decode_head.loss_decode.class_weight='[0.5,2]'")


def test_the_crop_s_options_change_crop_and_padding(repository):
    file = str(repository / 'configs/layout/deeplabv3plus_r18-d16_512x512_20k_layout.py')
    line, option = crop_options(load_config(file), (320, 320))
    assert line == 'crop_size = (320, 320)'
    steps = {step.type: step for step in load_config(file, options(option)).data.train.pipeline}
    assert steps['RandomCrop'].crop_size == (320, 320) and steps['Pad'].size == (320, 320)
