"""The traced network answers as the model does, at sizes it was not traced at."""
import pytest
import torch
from torch import nn

from mmseg.export import Graph, base_view, trace_segmentor
from mmseg.utils import InputError


def test_pixels_and_page_type_by_hand(make_model, page):
    seg, cls = trace_segmentor(make_model(), page)(page)
    assert seg.shape == (1, 3, 12, 16)
    # Far from borders the logits are 9, 0, 0 over sqrt(1 + eps): a softmax of nearly 1.
    assert seg[0, :, 6, 2].tolist() == pytest.approx([0.99975, 0.00012, 0.00012], abs=2e-5)
    assert seg[0, :, 6, 12].argmax() == 1 and seg[0, :, 1, 14].argmax() == 2
    # Mean red 4.5, mean green 9 * 16 / 192 = 0.75: sigmoid(3.75) for the first type.
    assert cls.tolist() == [[pytest.approx(0.97702, abs=1e-4), pytest.approx(0.02298, abs=1e-4)]]


def test_without_cls_head_it_gives_pixel_scores_alone(make_model, page):
    answer = trace_segmentor(make_model(cls_head=False), page)(page)
    assert isinstance(answer, torch.Tensor)
    assert answer.argmax(1)[0, 6].tolist() == [0] * 8 + [2] * 2 + [1] * 4 + [2] * 2


@pytest.mark.parametrize('size', [(5, 7), (12, 16), (31, 20)])
@pytest.mark.parametrize('views', [dict(), dict(flip=True), dict(scales=(0.5, 1.0, 1.5)),
                                   dict(scales=(0.5, 1.0), flip=True, layers={'red': [1.0]})])
def test_other_sizes_and_batches_match_the_model(make_model, page, size, views):
    model = make_model()
    traced = trace_segmentor(model, page, Graph(**views))
    pages = torch.rand(2, 3, *size) * 6
    with torch.no_grad():
        seg, cls, _ = model.page_scores(pages, **views)
    traced_seg, traced_cls = traced(pages)
    torch.testing.assert_close(traced_seg, seg, atol=1e-6, rtol=0)
    torch.testing.assert_close(traced_cls, cls, atol=1e-6, rtol=0)


def test_layers_are_baked_in(make_model, page):
    one, both = (trace_segmentor(make_model(False), page, Graph(scales=s))(page)
                 for s in ((1.0,), (0.5, 1.0)))
    layered = trace_segmentor(make_model(False), page,
                              Graph(scales=(0.5, 1.0), layers={'green': 1.0}))
    seg = layered(page)
    assert torch.equal(seg[:, 1], one[:, 1])  # green uses full size alone
    assert torch.equal(seg[:, 0], both[:, 0])  # red to both
    assert not torch.equal(seg[:, 1], both[:, 1])


def test_a_misspelt_layer_is_one_sentence(make_model, page):
    with pytest.raises(InputError, match="'gren'.*did you mean 'green'"):
        trace_segmentor(make_model(), page, Graph(layers={'gren': [1.0]}))


def test_the_model_stays_as_it_is(make_model, page):
    model = make_model(norm=nn.SyncBatchNorm).train()
    traced = trace_segmentor(model, page)
    assert isinstance(model.backbone.norm, nn.SyncBatchNorm)
    assert model.training and model.backbone.norm.weight.requires_grad
    # Training statistics would make the answers depend on the rest of the batch.
    alone = traced(page)[0]
    assert torch.equal(traced(torch.cat([page, page * 3]))[0][:1], alone)


def test_deformable_convolution_needs_no_operator_outside_libtorch(make_model, page):
    model = make_model(deformable=True)
    nn.init.normal_(model.backbone.layer.conv_offset.weight)
    traced = trace_segmentor(model, page)
    operators = {node.kind() for node in traced.inlined_graph.nodes()}
    assert {kind.partition('::')[0] for kind in operators} <= {'aten', 'prim'}
    pages = torch.rand(2, 3, 9, 21) * 6
    with torch.no_grad():
        torch.testing.assert_close(traced(pages)[0], model.page_scores(pages).seg,
                                   atol=1e-5, rtol=0)


def test_a_network_that_counts_pixels_is_refused(make_model, page):
    model = make_model(False)
    model.backbone.layer = nn.Sequential(nn.Flatten(2), nn.Unflatten(2, (6, 8)))
    with pytest.raises(InputError, match=r'on 2 pages of 10x11 .*any_size=False.*1 of 12x16'):
        trace_segmentor(model, page)
    assert trace_segmentor(model, page, any_size=False)(page).shape == (1, 3, 12, 16)


def test_an_example_without_batch_is_refused(make_model, page):
    with pytest.raises(InputError, match=r'\(N, 3, H, W\), got \(3, 12, 16\)'):
        trace_segmentor(make_model(), page[0])


def test_base_view_is_the_page_as_it_is():
    imgs = [torch.full((1, 3, 4, 4), float(i)) for i in range(3)]
    metas = [[dict(view_scale=0.5)], [dict(view_scale=1.0, flip=True)], [dict(view_scale=1.0)]]
    img, meta = base_view(dict(img=imgs, img_metas=metas))
    assert img.unique().tolist() == [2.0] and meta is metas[2][0]
    with pytest.raises(InputError, match='img_ratio 1.0'):
        base_view(dict(img=imgs[:2], img_metas=metas[:2]))
