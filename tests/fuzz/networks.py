"""Groups: configs, checkpoints and exported files."""
from __future__ import annotations

import copy
import io
import json
import pprint
from functools import cache
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
import yaml

from mmseg.apis.layout import CheckpointPredictor
from mmseg.apis.predictors import open_predictor
from mmseg.core.runner import IterBasedRunner
from mmseg.datasets import build_dataset
from mmseg.export import ExportedPredictor, describe_trace, save_traced, trace_segmentor
from mmseg.models import build_segmentor
from mmseg.utils.config import load_config
from mmseg.utils.logger import get_root_logger
from mmseg.utils.named_weights import write_safetensors

from .group import CLASSES, Group, voc_folder

_NORM = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
_TEST = [dict(type='LoadImageFromFile'),
         dict(type='MultiScaleFlipAug', img_scale=(32, 32), flip=False, transforms=[
             dict(type='Resize', keep_ratio=True), dict(type='Normalize', **_NORM),
             dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]
_TRAIN = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
          dict(type='Resize', img_scale=(32, 32), ratio_range=(.5, 2.)),
          dict(type='RandomCrop', crop_size=(16, 16), cat_max_ratio=.75),
          dict(type='RandomFlip', prob=.5), dict(type='PhotoMetricDistortion'),
          dict(type='Normalize', **_NORM), dict(type='Pad', size=(16, 16), seg_pad_val=255),
          dict(type='DefaultFormatBundle'), dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
_BN = dict(type='BN', requires_grad=True)
_HEAD = dict(in_channels=8, in_index=0, channels=4, num_classes=5, norm_cfg=_BN,
             align_corners=False)
_MODEL: dict[str, Any] = dict(
    type='EncoderDecoder', pretrained=None,
    backbone=dict(type='UNet', in_channels=3, base_channels=4, num_stages=2, strides=(1, 1),
                  enc_num_convs=(1, 1), dec_num_convs=(1, ), downsamples=(True, ),
                  enc_dilations=(1, 1), dec_dilations=(1, ), norm_cfg=_BN,
                  act_cfg=dict(type='ReLU'), upsample_cfg=dict(type='InterpConv')),
    decode_head=dict(type='FCNHead', num_convs=1, concat_input=False, dropout_ratio=.1,
                     loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.),
                     **{**_HEAD, 'in_channels': 4, 'in_index': 1}),
    train_cfg={}, test_cfg=dict(mode='slide', crop_size=(16, 16), stride=(8, 8)))


def _config(root: str = '.') -> dict[str, Any]:
    part = dict(type='LayoutDataset', data_root=root, split='train')
    return dict(data_root=root, model=_MODEL, data=dict(samples_per_gpu=2, workers_per_gpu=0,
                                        train=dict(part, pipeline=_TRAIN),
                                        test=dict(part, pipeline=_TEST)),
                optimizer=dict(type='SGD', lr=.01, momentum=.9), optimizer_config={},
                lr_config=dict(policy='poly', power=.9, min_lr=1e-4, by_epoch=False),
                runner=dict(type='IterBasedRunner', max_iters=2), log_level='INFO',
                checkpoint_config=dict(by_epoch=False, interval=1), workflow=[('train', 1)],
                evaluation=dict(interval=1, metric='mIoU'), load_from=None, resume_from=None)


def _python(config: dict[str, Any]) -> str:
    return ''.join(f'{key} = {pprint.pformat(value)}\n' for key, value in config.items())


def _as_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: [[*part]] if key == 'img_scale' else _as_lists(part)
                for key, part in value.items()}
    return [_as_lists(part) for part in value] if isinstance(value, (list, tuple)) else value


def _read_config(name: str) -> Any:
    def read(folder: Path) -> None:
        """As a training begins: the config, its network, its data."""
        cfg = load_config(str(folder / name), {'data_root': str(folder)})
        if 'model' in cfg:
            build_segmentor(cfg.model, cfg.get('train_cfg'), cfg.get('test_cfg'))
        data = cfg.get('data')
        if isinstance(data, dict) and 'train' in data:
            build_dataset(data.train)[0]
    return read


@cache
def _network() -> Any:
    torch.manual_seed(0)
    model = build_segmentor(mmcv.ConfigDict(_MODEL))
    model.CLASSES, model.PALETTE = CLASSES, [[0, 0, index] for index in range(5)]
    return model


def undamaged_checkpoint(text: str | None = None) -> dict[str, Any]:
    """A checkpoint of the network, with the text of a config."""
    model = _network()
    optimizer = torch.optim.SGD(model.parameters(), .01, .9)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    return dict(meta=dict(CLASSES=list(CLASSES), PALETTE=[[0, 0, index] for index in range(5)],
                          PAGE_CLASSES=['document', 'slide'], config=text or _python(_config()),
                          epoch=0, iter=1, seed=3, position=dict(epoch=0, pages=2), time='x',
                          hook_msgs=dict(best_score=.5, last_ckpt='x')),
                state_dict=dict(model.state_dict()), optimizer=optimizer.state_dict())


def _torch_bytes(value: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def resume(folder: Path) -> None:
    """As a training goes on with ``a.pth``."""
    model = copy.deepcopy(_network())  # damaged weights are for this input alone
    runner = IterBasedRunner(model, optimizer=torch.optim.SGD(model.parameters(), .01, .9),
                             work_dir=str(folder), logger=get_root_logger(), meta={}, max_iters=2)
    runner.resume(str(folder / 'a.pth'))


def answer(predictor: Any) -> None:
    """What a predictor says of one small page."""
    predictor.predict([np.full((20, 30, 3), 255, np.uint8)])


def _read_config_inside(folder: Path) -> None:
    try:
        text = (folder / 'config.txt').read_text()
    except UnicodeDecodeError:
        return
    torch.save(undamaged_checkpoint(text), folder / 'b.pth')
    answer(open_predictor(str(folder / 'b.pth')))


def _with_config(folder: Path) -> None:
    (folder / 'c.py').write_text(_python(_config()))


def network_with_config() -> Any:
    """The network for prediction, with its config."""
    model = _network().eval()
    model.cfg = mmcv.Config(_config())
    return model


def _traced(folder: Path) -> None:
    model = network_with_config()
    info = describe_trace(model, model.cfg)
    save_traced(trace_segmentor(model, torch.rand(1, 3, 32, 32)), folder / 'a.pt', info)


@cache
def _exported(name: str) -> bytes:
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        _traced(Path(folder))
        return (Path(folder) / name).read_bytes()


@cache
def _safetensors() -> bytes:
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        write_safetensors(undamaged_checkpoint(), Path(folder, 'a.safetensors'))
        return Path(folder, 'a.safetensors').read_bytes()


def _config_group(name: str, write: Any) -> Group:
    return Group(name, lambda: [_as_lists(_config())], _read_config(name), write, voc_folder)


NETWORKS = {
    'config py': _config_group('c.py', _python),
    'config json': _config_group('c.json', json.dumps),
    'config yaml': _config_group('c.yaml', yaml.safe_dump),
    'checkpoint': Group('a.pth', lambda: [undamaged_checkpoint()], resume, _torch_bytes),
    'checkpoint, network': Group('a.pth', lambda: [undamaged_checkpoint()], lambda folder: answer(
        CheckpointPredictor(str(folder / 'c.py'), str(folder / 'a.pth'))), _torch_bytes,
        _with_config),
    'config in checkpoint': Group('config.txt', lambda: [_as_lists(_config())],
                                  _read_config_inside, _python),
    'safetensors': Group('a.safetensors', lambda: [_safetensors()], lambda folder: answer(
        CheckpointPredictor(str(folder / 'c.py'), str(folder / 'a.safetensors'))),
        prepare=_with_config),
    'exported JSON': Group('a.json', lambda: [json.loads(_exported('a.json'))],
                           lambda folder: answer(ExportedPredictor(folder / 'a.pt')), json.dumps,
                           _traced),
    'TorchScript': Group('a.pt', lambda: [_exported('a.pt')],
                         lambda folder: answer(ExportedPredictor(folder / 'a.pt')),
                         prepare=_traced),
}
