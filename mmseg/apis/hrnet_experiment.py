"""Configs from the experiment files (YAML) of HRNet's repository for segmentation.

github.com/HRNet/HRNet-Semantic-Segmentation, branch HRNet-OCR: ``experiments/*/*.yaml``.
"""
from __future__ import annotations

import os
import reprlib
from collections.abc import Iterator, Mapping
from typing import Any

from mmcv import Config

from ..utils.errors import InputError
from ..utils.safe_files import read_yaml, reading
from .hrnet_pages import Pages, pages_of

Values = Mapping[str, Any]
_BASES = {True: 'configs/ocrnet/ocrnet_hr48_512x1024_160k_cityscapes.py',
          False: 'configs/hrnet/fcn_hr48_512x1024_160k_cityscapes.py'}
_MOST_CLASSES = 65_536
_TAKEN = (
    'WORKERS', 'DATASET.DATASET', 'DATASET.ROOT', 'DATASET.TRAIN_SET', 'DATASET.TEST_SET',
    'DATASET.NUM_CLASSES', 'MODEL.NAME', 'MODEL.PRETRAINED', 'MODEL.ALIGN_CORNERS', 'MODEL.EXTRA',
    'MODEL.OCR.MID_CHANNELS', 'MODEL.OCR.KEY_CHANNELS', 'LOSS.USE_OHEM', 'LOSS.OHEMTHRES',
    'LOSS.OHEMKEEP', 'LOSS.BALANCE_WEIGHTS', 'TRAIN.IMAGE_SIZE', 'TRAIN.BASE_SIZE',
    'TRAIN.BATCH_SIZE_PER_GPU', 'TRAIN.END_EPOCH', 'TRAIN.LR', 'TRAIN.WD', 'TRAIN.MOMENTUM',
    'TRAIN.NESTEROV', 'TRAIN.FLIP', 'TRAIN.MULTI_SCALE', 'TRAIN.IGNORE_LABEL',
    'TRAIN.SCALE_FACTOR', 'TRAIN.NONBACKBONE_KEYWORDS', 'TRAIN.NONBACKBONE_MULT',
    'TEST.BASE_SIZE', 'TEST.FLIP_TEST', 'TEST.MULTI_SCALE', 'TEST.SCALE_LIST')


def read_experiment(path: str | os.PathLike[str]) -> Values:
    """The values in an experiment file.

    Raises:
        InputError: It is not there, or something else than YAML with keys.
    """
    values = read_yaml(path)
    if not isinstance(values, dict):
        raise InputError(f"{path} is not an experiment file of HRNet's repository")
    return values


def experiment_config(values: Values, source: str) -> tuple[Config, list[str]]:
    """The config of an experiment, and the keys that have no counterpart in it.

    The data sets of the repository have its folders and lists, except Pascal Context, whose label
    maps are those of ``mmseg convert pascal_context``. A mirrored image of LIP would need other
    labels, left for right, so that these are not mirrored.

    Args:
        values: What the file holds.
        source: The file, for messages.

    Raises:
        InputError: A key is missing, a value is of another kind, or the network is another than
            HRNet, with or without OCR.
    """
    with reading(source, "an experiment file of HRNet's repository"):
        found = _Experiment(values, source)
        cfg = _config(found, source)
        left = {key for key in _leaves(values) if not key.startswith(_TAKEN)}
        if str(found.get('TRAIN.OPTIMIZER', 'sgd')).lower() == 'sgd':
            left.discard('TRAIN.OPTIMIZER')
        if found.pages.sided:
            left.update(key for key in ('TRAIN.FLIP', 'TEST.FLIP_TEST') if found.get(key))
        return cfg, sorted(left)


def _config(found: _Experiment, source: str) -> Config:
    """The config of an experiment."""
    name = str(found['MODEL.NAME']).lower()
    if 'hrnet' not in name:
        raise InputError(f"{source} has MODEL.NAME '{found['MODEL.NAME']}'; expected seg_hrnet or "
                         'seg_hrnet_ocr')
    cfg = Config.fromfile(_BASES['ocr' in name])._cfg_dict.to_dict()
    _set_model(cfg['model'], found, aligned='alignfalse' not in name)
    cfg.update(_data(found, cfg['img_norm_cfg']))
    cfg.update(
        optimizer=_optimizer(found),
        lr_config=dict(policy='poly', power=.9, min_lr=0., by_epoch=False),
        runner=dict(type='EpochBasedRunner', max_epochs=found['TRAIN.END_EPOCH']),
        checkpoint_config=dict(by_epoch=True, interval=1),
        evaluation=dict(interval=1, metric='mIoU', pre_eval=True))
    parts = ('norm_cfg', 'model', 'data', 'optimizer', 'optimizer_config', 'lr_config', 'runner',
             'checkpoint_config', 'evaluation', 'log_config', 'dist_params', 'log_level',
             'load_from', 'resume_from', 'workflow', 'cudnn_benchmark')
    return Config({key: cfg[key] for key in parts if key in cfg})


def _optimizer(found: _Experiment) -> dict[str, Any]:
    """SGD with the rates of the experiment; its words for other parts than the backbone are those
    of heads."""
    optimizer = dict(type='SGD', lr=found['TRAIN.LR'], momentum=found.get('TRAIN.MOMENTUM', .9),
                     weight_decay=found.get('TRAIN.WD', 1e-4),
                     nesterov=found.get('TRAIN.NESTEROV', False))
    if found.get('TRAIN.NONBACKBONE_KEYWORDS'):
        factor = float(found.get('TRAIN.NONBACKBONE_MULT', 10))
        optimizer['paramwise_cfg'] = dict(custom_keys=dict(decode_head=dict(lr_mult=factor)))
    return optimizer


class _Experiment:
    """Values by dotted keys."""

    def __init__(self, values: Values, source: str) -> None:
        self._values, self._source = values, source

    def get(self, key: str, default: Any = None) -> Any:
        part: Any = self._values
        for name in key.split('.'):
            part = part.get(name) if isinstance(part, Mapping) else None
        return default if part is None else part

    def __getitem__(self, key: str) -> Any:
        value = self.get(key)
        if value is None:
            raise InputError(f'{self._source} has no {key}, which an experiment of HRNet needs')
        return value

    @property
    def classes(self) -> int:
        """The number of classes."""
        count = self['DATASET.NUM_CLASSES']
        if type(count) is not int or not 1 <= count <= _MOST_CLASSES:
            raise InputError(f'{self._source}: DATASET.NUM_CLASSES must be a whole number from 1 '
                             f'to {_MOST_CLASSES}, got {reprlib.repr(count)}')
        return count

    @property
    def ignored(self) -> int:
        """The label that is ignored; a label map has none below 0."""
        label = self.get('TRAIN.IGNORE_LABEL', 255)
        return label if label in range(256) else 255

    @property
    def pages(self) -> Pages:
        """The data set."""
        return pages_of(self['DATASET.DATASET'], self.classes)


def _leaves(values: Values, prefix: str = '') -> Iterator[str]:
    """The dotted keys of all values that are not dicts."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}'


def _set_model(model: dict[str, Any], found: _Experiment, aligned: bool) -> None:
    """Stages, channels, classes and losses of the experiment."""
    model['pretrained'] = found.get('MODEL.PRETRAINED') or None
    for number in range(1, 5):
        stage = model['backbone']['extra'][f'stage{number}']
        given = found[f'MODEL.EXTRA.STAGE{number}']
        for key in ('NUM_MODULES', 'NUM_BRANCHES', 'BLOCK'):
            stage[key.lower()] = given.get(key, stage[key.lower()])
        for key in ('NUM_BLOCKS', 'NUM_CHANNELS'):
            stage[key.lower()] = tuple(found[f'MODEL.EXTRA.STAGE{number}.{key}'])
    channels = list(model['backbone']['extra']['stage4']['num_channels'])
    heads = model['decode_head'] if isinstance(model['decode_head'], list) else [
        model['decode_head']]
    weights = found.get('LOSS.BALANCE_WEIGHTS') or [.4, 1.]
    class_weight = found.pages.class_weight
    for head, weight in zip(heads, weights if len(heads) > 1 else [1.]):
        head.update(in_channels=channels, num_classes=found.classes,
                    align_corners=found.get('MODEL.ALIGN_CORNERS', aligned),
                    ignore_index=found.ignored)
        head['loss_decode'].update(loss_weight=float(weight), avg_non_ignore=True)
        if class_weight is not None:
            head['loss_decode']['class_weight'] = list(class_weight)
        if found.get('LOSS.USE_OHEM', False):
            head['sampler'] = dict(type='OHEMPixelSampler', thresh=found.get('LOSS.OHEMTHRES', .9),
                                   min_kept=found.get('LOSS.OHEMKEEP', 131072))
    heads[0]['channels'] = sum(channels)
    if len(heads) > 1:
        heads[1].update(channels=found.get('MODEL.OCR.MID_CHANNELS', 512),
                        ocr_channels=found.get('MODEL.OCR.KEY_CHANNELS', 256))


def _data(found: _Experiment, norm: dict[str, Any]) -> dict[str, Any]:
    """The key ``data``: lists of files, batches, and the transforms of training and test."""
    pages, normalize = found.pages, dict(norm, type='Normalize')
    root = os.path.join(found['DATASET.ROOT'], pages.root)

    def part(split: str, pipeline: list[dict]) -> dict[str, Any]:
        return dict(pages.settings, data_root=root, split=pages.lists.get(split, split),
                    pipeline=pipeline)
    tested = part(found['DATASET.TEST_SET'], _test_pipeline(found, normalize))
    return dict(data=dict(
        samples_per_gpu=found['TRAIN.BATCH_SIZE_PER_GPU'], workers_per_gpu=found.get('WORKERS', 4),
        train=part(found['DATASET.TRAIN_SET'], _train_pipeline(found, normalize)),
        val=tested, test=tested))


def _train_pipeline(found: _Experiment, normalize: dict[str, Any]) -> list[dict[str, Any]]:
    """Transforms of the training."""
    pages = found.pages
    width, height = found['TRAIN.IMAGE_SIZE']
    size = found.get('TRAIN.BASE_SIZE', 2048)
    resize: dict[str, Any] = dict(type='Resize', img_scale=(size, size))
    if found.get('TRAIN.MULTI_SCALE', True):
        resize['ratio_range'] = (.5, .5 + found.get('TRAIN.SCALE_FACTOR', 16) / 10)
    if pages.square:
        resize['keep_ratio'] = False
    flip = found.get('TRAIN.FLIP', True) and not pages.sided
    return [
        dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
        *([resize] if len(resize) > 2 else []),
        dict(type='RandomCrop', crop_size=(height, width)),
        dict(type='RandomFlip', prob=.5 if flip else 0.), normalize,
        dict(type='Pad', size=(height, width), pad_val=0, seg_pad_val=found.ignored),
        dict(type='DefaultFormatBundle'), dict(type='Collect', keys=['img', 'gt_semantic_seg'])]


def _test_pipeline(found: _Experiment, normalize: dict[str, Any]) -> list[dict[str, Any]]:
    """Transforms of the test: whole images."""
    pages = found.pages
    size = found.get('TEST.BASE_SIZE', found.get('TRAIN.BASE_SIZE', 2048))
    scale = (4 * size, size) if pages.by_short_side else (size, size)
    ratios = dict(img_ratios=[float(ratio) for ratio in found['TEST.SCALE_LIST']]) if found.get(
        'TEST.MULTI_SCALE', False) else {}
    return [dict(type='LoadImageFromFile'), dict(
        type='MultiScaleFlipAug', img_scale=scale,
        flip=found.get('TEST.FLIP_TEST', False) and not pages.sided, **ratios, transforms=[
            dict(type='Resize', keep_ratio=not pages.square), dict(type='RandomFlip'), normalize,
            dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]
