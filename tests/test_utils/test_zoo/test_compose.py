"""Every config of MMSegmentation 0.x's zoo by its name."""
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mmcv import Config

from mmseg.utils.config import find_config, load_config
from mmseg.utils.errors import InputError
from mmseg.utils.zoo import CONFIGS, compose, config_names, zoo_names

_DIGESTS = json.loads(Path(__file__).with_name('digests.json').read_text(encoding='utf-8'))
_KEYS = ('model', 'data', 'optimizer', 'optimizer_config', 'lr_config', 'runner', 'evaluation',
         'checkpoint_config', 'fp16')


@cache
def _read_base(path: str) -> dict[str, Any]:
    folder = next(folder for folder in CONFIGS if (folder / path).is_file())
    return Config._file2dict(str(folder / path))[0]


def _digest(name: str) -> str:
    values = compose(name, _read_base)
    text = json.dumps({key: values.get(key) for key in _KEYS}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def test_all_values_are_those_of_the_stored_digests():
    assert len(zoo_names()) == 532
    assert {name: _digest(name) for name in zoo_names()} == _DIGESTS


def test_a_name_says_backbone_crop_schedule_and_data_set():
    cfg = load_config('configs/pspnet/pspnet_r101-d8_769x769_40k_cityscapes.py')
    assert cfg.model.backbone.depth == 101
    assert cfg.model.pretrained == 'open-mmlab://resnet101_v1c'
    assert cfg.model.decode_head.align_corners is True
    assert cfg.model.test_cfg == dict(mode='slide', crop_size=(769, 769), stride=(513, 513))
    assert cfg.runner.max_iters == 40000
    assert cfg.data.train.pipeline[3].crop_size == (769, 769)


def test_a_change_of_test_leaves_val_as_it_was():
    cfg = load_config('pspnet_r50-d8_512x1024_40k_dark')
    assert cfg.data.test.type == 'DarkZurichDataset'
    assert cfg.data.test.pipeline[1].img_scale == (1920, 1080)
    assert cfg.data.val.type == 'CityscapesDataset'
    assert cfg.data.val.pipeline[1].img_scale == (2048, 1024)


@pytest.mark.parametrize('base', [
    '../configs/pspnet/pspnet_r50-d8_512x1024_40k_cityscapes.py',  # composed
    '../configs/pspnet/pspnet_r50-d8_512x1024_80k_cityscapes.py'])  # a file of the package
def test_a_users_file_inherits_from_a_path_that_is_not_there(tmp_path, base):
    file = tmp_path / 'mine.py'
    file.write_text(f"_base_ = '{base}'\nmodel = dict(decode_head=dict(num_classes=5))\n")
    for cfg in (load_config(str(file)), Config.fromfile(str(file))):
        assert cfg.model.decode_head.num_classes == 5
        assert cfg.model.decode_head.type == 'PSPHead'
        assert cfg.runner.max_iters == (40000 if '40k' in base else 80000)


def test_a_wrong_name_gets_the_nearest(tmp_path):
    with pytest.raises(InputError, match='nearest names are pspnet_r50-d8_512x1024_40k_cityscape'):
        find_config('pspnet_r50-d8_512x1024_40k_cityscape')
    file = tmp_path / 'mine.py'
    file.write_text("_base_ = './pspnet_r50-d8_512x1024_40k_cityscape.py'\n")
    with pytest.raises(InputError, match='_base_ is missing.*40k_cityscapes'):
        load_config(str(file))


def test_a_wrong_folder_gets_the_right_one(tmp_path):
    name = 'upernet_swin_tiny_patch4_window7_512x512_160k_ade20k_pretrain_224x224_1K.py'
    with pytest.raises(InputError, match=f'not found; configs/swin/{name} is there'):
        find_config(f'configs/upernet/{name}')
    file = tmp_path / 'mine.py'
    file.write_text(f"_base_ = '../upernet/{name}'\n")
    with pytest.raises(InputError, match=f'_base_ is missing.*; configs/swin/{name} is there'):
        load_config(str(file))


def test_parts_of_a_name_get_the_names_that_have_them():
    with pytest.raises(InputError, match='psp_r50 not found; .*; configs with these words are '
                       'pspnet_r50'):
        find_config('psp_r50')


def test_names_of_files_and_of_composed_configs():
    assert config_names()['pspnet_r50-d8_512x1024_40k_cityscapes'] == (
        'pspnet/pspnet_r50-d8_512x1024_40k_cityscapes.py')
    assert config_names()['pspnet_r50-d8_512x1024_80k_cityscapes'] == (
        'pspnet/pspnet_r50-d8_512x1024_80k_cityscapes.py')
    assert not any(path.startswith('_base_/') for path in config_names().values())
