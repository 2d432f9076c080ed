"""One rule for mixed precision: the network computes in 16 bits, its logits count in 32."""
import mmcv
import numpy as np
import pytest
import torch

from mmseg.apis import inference_segmentor, init_segmentor
from mmseg.apis.layout import CheckpointPredictor
from mmseg.export import Graph
from mmseg.export.graph import PageScorer
from mmseg.inference import PageLogits, slide, softmax_scores
from mmseg.models.decode_heads.point_head import PointHead, point_sample
from mmseg.utils.precision import autocast_dtype

PAGE = np.random.RandomState(0).randint(0, 255, (64, 96, 3)).astype(np.uint8)


@pytest.mark.parametrize('cfg, device, expected', [
    ({}, 'cpu', None), (dict(fp16=None), 'cuda', None),
    (dict(fp16={}), 'cuda', torch.float16), (dict(fp16={}), 'cpu', torch.bfloat16),
    (dict(fp16=dict(dtype='bfloat16')), 'cuda:1', torch.bfloat16),
    (dict(optimizer_config=dict(type='Fp16OptimizerHook')), 'cuda', torch.float16),
    (dict(optimizer_config=dict(type='OptimizerHook')), 'cuda', None),
    (dict(optimizer_config=dict(type='AutocastOptimizerHook', dtype='bfloat16')), 'cuda',
     torch.bfloat16)])
def test_what_a_config_asks_for(cfg, device, expected):
    assert autocast_dtype(cfg, device) is expected


def computed_in(model):
    """The precision of the features of each call of the backbone, as they come."""
    seen = []
    model.backbone.register_forward_hook(lambda module, args, out: seen.append(out[0].dtype))
    return seen


def test_every_way_to_ask_computes_in_the_config_s_precision(config):
    config.fp16 = dict(dtype='bfloat16')
    model = init_segmentor(config, None, 'cpu')
    seen = computed_in(model)
    labels = inference_segmentor(model, PAGE)[0]['seg_map']
    scores = inference_segmentor(model, PAGE, scores=True)[0]
    predictor = CheckpointPredictor(config, None, 'cpu', fast=False)
    predictor.model.load_state_dict(model.state_dict())
    also = computed_in(predictor.model)
    page = predictor.predict([PAGE])[0]
    assert seen == [torch.bfloat16] * 2 and also == [torch.bfloat16]
    assert scores.seg.dtype == np.float32 and np.array_equal(scores.seg, page.seg)
    assert np.array_equal(labels, scores.seg.argmax(axis=0))


def test_logits_come_in_full_precision_and_the_caller_s_own_autocast_holds(config):
    model = init_segmentor(config, None, 'cpu')
    seen = computed_in(model)
    img, metas = torch.rand(1, 3, 64, 64), [dict(ori_shape=(64, 64, 3), img_shape=(64, 64, 3))]
    with torch.no_grad():
        with torch.autocast('cpu', torch.bfloat16):
            inside = model.encode_decode(img, metas)
            model(return_loss=False, img=[img], img_metas=[metas])
        outside = model.encode_decode(img, metas)
    assert seen == [torch.bfloat16, torch.bfloat16, torch.float32]
    assert {inside.seg.dtype, inside.cls.dtype, outside.seg.dtype} == {torch.float32}


def test_windows_are_summed_in_full_precision_where_the_answers_are():
    values = iter([1.0, 2**-9, 0.0])

    def forward(window):
        seg = torch.full((1, 1, 2, 2), next(values), dtype=torch.bfloat16)
        return PageLogits(seg, None)

    # 1 + 1/512 has no bfloat16
    seg = slide(forward, torch.zeros(1, 3, 2, 4), (2, 2), (1, 1)).seg
    assert seg.dtype == torch.float32 and float(seg[0, 0, 0, 1]) == (1 + 2**-9) / 2

    def elsewhere(window):
        return PageLogits(torch.zeros(1, 2, *window.shape[2:], device='meta'), None)

    answer = slide(elsewhere, torch.zeros(1, 3, 4, 6), (2, 2), (2, 2)).seg
    assert answer.device.type == 'meta' and answer.shape == (1, 2, 4, 6)
    assert softmax_scores(PageLogits(torch.zeros(1, 2, 1, 1, dtype=torch.float16),
                                     None)).seg.dtype == torch.float32


def test_points_keep_their_coordinates():
    head = PointHead.__new__(PointHead)
    logits = torch.zeros(1, 3, 16, 512, dtype=torch.bfloat16)
    places, points = PointHead.get_points_test(
        head, logits, lambda seg: seg[:, :1], mmcv.Config(dict(subdivision_num_points=10**6)))
    assert points.dtype == torch.float32
    exact = torch.stack([(places % 512 + 0.5) / 512, (places // 512 + 0.5) / 16], dim=2)
    assert torch.equal(points, exact)
    # and every centre is its own pixel
    row = torch.arange(512.).reshape(1, 1, 1, 512)
    at = points[:, places[0].argsort()][:, :512].clone()
    at[..., 1] = 0.5
    assert torch.equal(point_sample(row, at).round().flatten(), torch.arange(512.))


def test_exported_files_compute_in_full_precision(config):
    config.fp16 = dict(dtype='bfloat16')
    model = init_segmentor(config, None, 'cpu')
    seen = computed_in(model)
    with torch.no_grad():
        PageScorer(model, Graph()).eval()(torch.rand(1, 3, 64, 64))
    assert seen == [torch.float32]
