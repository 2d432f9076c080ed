"""Every config is read; those for pages build, learn and trace."""
from pathlib import Path

import pytest
import torch
from mmcv.cnn.utils import revert_sync_batchnorm
from torch import nn

from mmseg.core import build_optimizer
from mmseg.datasets import LayoutDataset, build_dataset
from mmseg.export import trace_segmentor
from mmseg.models import build_segmentor
from mmseg.utils.config import load_config

ROOT = Path(__file__).parents[1] / 'configs'
CONFIGS = sorted(file for file in ROOT.glob('*/*.py') if file.parent.name != '_base_')
LAYOUT = sorted((ROOT / 'layout').glob('*.py'))
SIZE = (96, 128)

SEG = {'decode.loss_ce', 'decode.loss_lovasz'}
LOSSES = {  # the first part of a file name → the losses of its heads, without the page type's
    'aspp_unet': SEG,
    'deeplabv3plus': SEG | {'aux.loss_ce'},
    'ocrnet_hr18': {'decode_0.loss_ce', 'decode_1.loss_ce', 'decode_1.loss_lovasz'},
    'ocrnet_hr48': {'decode_0.loss_ce', 'decode_1.loss_ce'},
    'segformer': SEG,
    'setr': SEG | {'aux_0.loss_ce', 'aux_1.loss_ce', 'aux_2.loss_ce'},
    'upernet': SEG | {'aux.loss_ce'},
}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT).with_suffix(''))


every_layout = pytest.mark.parametrize('file', LAYOUT, ids=name_of)


def heads_of(model: dict) -> list[dict]:
    """Configs of all heads that label pixels."""
    heads = []
    for key in ('decode_head', 'auxiliary_head'):
        part = model.get(key) or []
        heads += part if isinstance(part, list) else [part]
    return heads


def seeded_model(file: Path) -> nn.Module:
    """The network as one process trains it, whose batch norms keep the last batch alone."""
    torch.manual_seed(0)
    cfg = load_config(str(file)).model
    cfg.get('train_cfg', {}).pop('frozen', None)  # statistics of random weights mean nothing
    model = revert_sync_batchnorm(build_segmentor(cfg))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    return model


def batch() -> dict:
    """Two pages of noise, one of each type, on which every class occurs."""
    noise = torch.Generator().manual_seed(1)
    metas = [dict(filename=f'{i}.png', ori_shape=(*SIZE, 3), img_shape=(*SIZE, 3),
                  pad_shape=(*SIZE, 3), flip=False, cls_label=i) for i in range(2)]
    return dict(img=torch.randn(2, 3, *SIZE, generator=noise), img_metas=metas,
                gt_semantic_seg=torch.randint(0, 5, (2, 1, *SIZE), generator=noise))


def line_targets() -> dict:
    """What a line head learns from on these pages: each has a line."""
    ones = torch.ones(2, 1, *SIZE)
    shrunk = torch.zeros(2, 1, *SIZE)
    shrunk[..., 10:20, 10:40] = 1
    return dict(gt_shrink=shrunk, gt_shrink_mask=ones, gt_thr=.5 * ones, gt_thr_mask=ones)


@pytest.mark.parametrize('file', CONFIGS, ids=name_of)
def test_config_is_read(file, data_folder, monkeypatch):
    cfg = load_config(str(file))
    assert cfg.model.type in ('EncoderDecoder', 'CascadeEncoderDecoder', 'ImageClassifier',
                              'DeformableDETR')
    assert cfg.optimizer.lr > 0
    assert cfg.runner.get('max_iters') or cfg.runner.get('max_epochs')
    # Substituted from a base, or left behind where the base has no such name.
    assert '_base_.' not in str(cfg._cfg_dict)
    sets = [cfg.data[part] for part in ('train', 'val', 'test')]
    assert all(part.get('pipeline') or part.get('dataset') or part.get('datasets')
               for part in sets)
    monkeypatch.chdir(data_folder)
    for part in sets:
        root = part.get('dataset', part).get('data_root')
        # other corpora have tests of their own, and boxes of pages have to be converted first
        if root is not None and Path(root).exists() and 'ann_file' not in part:
            assert len(build_dataset(part)) > 0


@every_layout
def test_layout_config_is_about_pages(file):
    cfg = load_config(str(file), {'data_root': 'elsewhere'})
    assert [head.num_classes for head in heads_of(cfg.model)] \
        == [len(LayoutDataset.CLASSES)] * len(heads_of(cfg.model))
    assert cfg.model.cls_head.type == 'ClsHead'
    assert cfg.model.cls_head.num_classes == 2
    # A mixture's first data set is the user's own.
    sets = [cfg.data[part].get('datasets', [cfg.data[part]]) for part in ('train', 'val', 'test')]
    assert {part.type for parts in sets for part in parts} == {'LayoutDataset'}
    assert [parts[0].data_root for parts in sets] == ['elsewhere'] * 3
    if '_20k_' in file.name:
        assert cfg.runner == dict(type='IterBasedRunner', max_iters=20000)
        pad = next(step for step in sets[0][0].pipeline if step.type == 'Pad')
        assert pad.size == (512, 512)


@every_layout
def test_layout_model_is_built(file):
    cfg = load_config(str(file))
    with torch.device('meta'):  # no memory, no random numbers
        model = build_segmentor(cfg.model)
    assert (model.num_classes, model.cls_head.num_classes) == (5, 2)
    held = [value for group in build_optimizer(model, cfg.optimizer).param_groups
            for value in group['params']]
    assert {id(value) for value in held} == {id(value) for value in model.parameters()}
    # A key of the optimizer that is part of no name would do nothing.
    names = '\n'.join(name for name, _ in model.named_parameters())
    keys = cfg.optimizer.get('paramwise_cfg', {}).get('custom_keys', {})
    assert [key for key in keys if key not in names] == []


@pytest.mark.slow
@every_layout
def test_layout_model_learns_and_traces(file):
    model, data = seeded_model(file).train(), batch()
    expected = next(keys for start, keys in LOSSES.items() if file.name.startswith(start))
    if model.with_line_head:
        data.update(line_targets())
        expected = expected | {'line.loss_prob', 'line.loss_thr', 'line.loss_db'}
    losses = model.forward_train(**data)
    assert {key for key in losses if 'loss' in key} == expected | {'cls.loss_ce'}
    loss, _ = model._parse_losses(losses)
    loss.backward()
    assert loss.isfinite()
    lost = [name for name, value in model.named_parameters()
            if value.requires_grad and (value.grad is None or not value.grad.isfinite().all())]
    assert lost == []

    model.eval().zero_grad()
    traced = trace_segmentor(model, data['img'][:1], any_size=False)
    pages = nn.functional.interpolate(data['img'], size=(117, 75))
    with torch.no_grad():
        seg, cls, *lines = traced(pages)
        wanted = model.page_scores(pages)
    assert wanted.seg.shape == (2, 5, 117, 75) and wanted.cls.shape == (2, 2)
    assert wanted.seg.std(dim=(2, 3)).max() > 1e-3  # flat scores would agree whatever they are
    # deformable layers amplify the last bit of their offsets
    torch.testing.assert_close(seg, wanted.seg, rtol=0, atol=1e-3)
    torch.testing.assert_close(cls, wanted.cls, rtol=0, atol=1e-4)
    assert len(lines) == model.with_line_head
    for scores in lines:
        torch.testing.assert_close(scores, wanted.lines, rtol=0, atol=1e-3)
