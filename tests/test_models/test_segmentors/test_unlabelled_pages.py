"""Pages that have a type and no mask, in batches with others."""
import numpy as np
import pytest
import torch
from PIL import Image

from mmseg.core.evaluation import RegionFinder, sum_counts
from mmseg.datasets import build_dataloader, build_dataset
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
            dict(type='Resize', img_scale=(32, 32), keep_ratio=False),
            dict(type='RandomCrop', crop_size=(32, 32), focus=dict(classes=('text', ), prob=1.)),
            dict(type='DefaultFormatBundle'), dict(type='Collect', keys=['img', 'gt_semantic_seg'])]


def data(voc, **options):
    return build_dataset(dict(type='LayoutDataset', data_root=str(voc), pipeline=PIPELINE,
                              **options))


@pytest.fixture
def model(filled):
    return filled(build_segmentor(dict(
        type='EncoderDecoder',
        backbone=dict(type='ResNet', depth=18, base_channels=4, stem_channels=4),
        decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=4, num_convs=1,
                         num_classes=5),
        auxiliary_head=dict(type='FCNHead', in_channels=16, in_index=2, channels=4, num_convs=1,
                            num_classes=5, loss_decode=dict(type='CrossEntropyLoss',
                                                            loss_weight=.4)),
        cls_head=dict(type='ClsHead', num_classes=2, dropout_ratio=0))))


@pytest.fixture
def batch(waves):
    label = torch.arange(4 * 32 * 32).reshape(4, 1, 32, 32) % 5
    metas = [dict(cls_label=number % 2) for number in range(4)]
    return waves(4, 3, 32, 32), metas, label


def test_the_losses_of_pixels_are_those_of_the_labelled_pages(model, batch):
    img, metas, label = batch
    wanted = model.forward_train(img[[0, 2]], [metas[0], metas[2]], label[[0, 2]])
    of_all = model.forward_train(img, metas, label)
    for row in (1, 3):
        metas[row]['unlabelled'] = True
        label[row] = 255
    found = model.forward_train(img, metas, label)
    assert found.keys() == of_all.keys()
    for name in ('decode.loss_ce', 'aux.loss_ce', 'decode.acc_seg'):
        torch.testing.assert_close(found[name], wanted[name])
    torch.testing.assert_close(found['cls.loss_ce'], of_all['cls.loss_ce'])


def test_a_batch_without_masks_trains_the_page_type_alone(model, batch):
    img, metas, label = batch
    for meta in metas:
        meta['unlabelled'] = True
    losses = model.forward_train(img, metas, torch.full_like(label, 255))
    assert losses['decode.loss_ce'] == losses['aux.loss_ce'] == 0
    loss, logged = model._parse_losses(losses)
    assert loss.item() == pytest.approx(losses['cls.loss_ce'].item())
    assert 'decode.acc_seg' not in logged
    loss.backward()
    assert model.decode_head.conv_seg.weight.grad.abs().max() == 0
    assert model.cls_head.fc.weight.grad.abs().max() > 0
    assert model.backbone.conv1.weight.grad.abs().max() > 0


def test_a_single_page_with_a_mask_trains_heads_that_pool_the_whole_page(batch):
    model = build_segmentor(dict(
        type='EncoderDecoder',
        backbone=dict(type='ResNet', depth=18, base_channels=4, stem_channels=4),
        decode_head=dict(type='ASPPHead', in_channels=8, in_index=1, channels=4, num_classes=5,
                         dilations=(1, 2), dropout_ratio=0, norm_cfg=dict(type='BN')),
        cls_head=dict(type='ClsHead', num_classes=2, dropout_ratio=0)))
    img, metas, label = batch
    for row in (0, 1, 3):
        metas[row]['unlabelled'] = True
        label[row] = 255
    pooled, last = model.decode_head.image_pool[1].bn, model.decode_head.bottleneck.bn
    losses = model.forward_train(img, metas, label)
    assert losses['decode.loss_ce'].isfinite()
    assert pooled.running_var.tolist() == [1., 1., 1., 1.]
    assert last.running_var.tolist() != [1., 1., 1., 1.]
    assert pooled.training and last.training and not pooled._forward_hooks


def test_pages_without_masks_are_told_to_the_network(voc):
    (voc / 'SegmentationClassPNG' / 'b.png').unlink()
    pages = data(voc, with_seg='some', split='train')
    loader = build_dataloader(pages, 2, 0, dist=False, shuffle=False)
    batch = next(iter(loader))
    metas = batch['img_metas'].data[0]
    label = batch['gt_semantic_seg'].data[0]
    assert [meta.get('unlabelled', False) for meta in metas] == [False, True]
    assert [meta['cls_label'] for meta in metas] == [0, 1]
    assert (label[1] == 255).all() and set(label[0].unique().tolist()) <= {0, 1, 2, 3, 255}


def test_no_masks_are_read_where_there_are_none(voc):
    for mask in (voc / 'SegmentationClassPNG').iterdir():
        mask.unlink()
    (voc / 'SegmentationClassPNG').rmdir()
    pages = data(voc, with_seg=False, balance=1.0)
    assert len(pages) == 3
    assert pages[0]['img_metas'].data['unlabelled']
    with pytest.raises(InputError, match='which is not a folder'):
        data(voc)
    with pytest.raises(InputError, match="with_seg must be True, False or 'some'"):
        data(voc, with_seg='none')


def test_all_masks_are_needed_unless_it_is_said(voc):
    (voc / 'SegmentationClassPNG' / 'b.png').unlink()
    with pytest.raises(InputError, match='lacks the label maps of 1 image'):
        data(voc)


def test_they_count_in_the_scores_of_page_types_alone(voc):
    (voc / 'SegmentationClassPNG' / 'b.png').unlink()
    pages = data(voc, with_seg='some', test_mode=True)
    pages.region_finder = RegionFinder(pred=None, label=None)  # would fail if it were asked
    assert (pages.get_gt_seg_map_by_idx(1) == 255).all()
    assert pages.get_gt_seg_map_by_idx(1).shape == (4, 6)
    counts, = pages.pre_eval([dict(seg_map=np.ones((4, 6), int), cls_label=0)], [1])
    assert [area.sum().item() for area in counts] == [0, 0, 0, 0]
    assert counts.page_confusion.tolist() == [[0, 0], [1, 0]]
    assert counts.regions.shape == (6, 5) and counts.regions.sum() == 0
    pages.region_finder = None
    of_first, = pages.pre_eval([dict(seg_map=np.zeros((4, 6), int), cls_label=0)], [0])
    assert sum_counts([of_first]).page_confusion.tolist() == [[1, 0], [0, 0]]


def test_a_mixture_of_folders(voc, tmp_path):
    other = tmp_path / 'types'
    (other / 'JPEGImages').mkdir(parents=True)
    Image.fromarray(np.zeros((9, 7, 3), np.uint8)).save(other / 'JPEGImages' / 'x.jpg')
    (other / 'cls_label.json').write_text('{"x": "slide"}')
    mixed = build_dataset(dict(type='MixedDataset', weights=[1, 1], datasets=[
        dict(type='LayoutDataset', data_root=str(voc), pipeline=PIPELINE),
        dict(type='LayoutDataset', data_root=str(other), pipeline=PIPELINE, with_seg=False)]))
    metas = [mixed[index]['img_metas'].data for index in range(len(mixed))]
    assert [meta.get('unlabelled', False) for meta in metas] == [False] * 3 + [True] * 3
    assert [meta['cls_label'] for meta in metas] == [0, 1, 0, 1, 1, 1]
