"""What a segmentor gives for pages, and what its losses are called."""
import numpy as np
import pytest
import torch

from mmseg.inference import PageLogits
from mmseg.models.builder import build_segmentor
from mmseg.models.segmentors import EncoderDecoder
from mmseg.utils.errors import InputError

CLS = dict(type='ClsHead', num_classes=2, dropout_ratio=0.)


def one_hot(rows):
    """An image (1, 3, H, W) whose largest channel is given per pixel."""
    labels = torch.tensor(rows)
    return torch.nn.functional.one_hot(labels, 3).permute(2, 0, 1)[None].float()


def test_a_label_map_without_page_types(build, meta):
    rows = [[0, 1, 2], [2, 1, 0]]
    result, = build()(return_loss=False, img=[one_hot(rows)], img_metas=[[meta(2, 3)]])
    assert isinstance(result, np.ndarray)
    assert result.tolist() == rows


def test_a_dict_with_page_types(build, meta):
    model = build(cls_head=CLS)
    model.cls_head.fc.weight.data.copy_(torch.tensor([[0., 0., 0.], [0., 0., 4.]]))
    model.cls_head.fc.bias.data.zero_()
    result, = model(return_loss=False, img=[one_hot([[2, 2], [2, 0]])], img_metas=[[meta(2, 2)]])
    # the pooled third channel is 3/4, so the logits are 0 and 3
    assert result['cls_label'] == 1
    assert result['cls_scores'] == pytest.approx([1 / (1 + np.e ** 3), 1 / (1 + np.e ** -3)])
    assert result['seg_map'].tolist() == [[2, 2], [2, 0]]


def test_the_cls_head_takes_its_width_from_the_decode_head(build):
    assert build(cls_head=CLS).cls_head.fc.in_features == 3


def test_padding_is_cut_off_before_the_resize(build, meta):
    padded = one_hot([[0, 1, 2, 2], [2, 1, 0, 0]])
    metas = [meta(2, 2, ori_shape=(2, 2, 3))]
    assert build().simple_test(padded, metas)[0].tolist() == [[0, 1], [2, 1]]


def test_a_flipped_view_comes_back_unflipped(build, meta):
    metas = [meta(1, 3, flip=True, flip_direction='horizontal')]
    assert build().simple_test(one_hot([[0, 1, 2]]), metas)[0].tolist() == [[2, 1, 0]]


def test_pages_of_several_sizes_in_one_batch(build, meta):
    batch = torch.cat([one_hot([[0, 1], [2, 2]]), one_hot([[1, 2], [0, 0]])])
    first, second = build().simple_test(batch, [meta(2, 2), meta(1, 2)])
    assert (first.tolist(), second.tolist()) == ([[0, 1], [2, 2]], [[1, 2]])


def test_whole_and_slide_agree_where_pixels_do_not_see_one_another(build, meta):
    page = torch.rand(1, 3, 7, 5)
    slide = build(test_cfg=dict(mode='slide', crop_size=(3, 3), stride=(2, 2)))
    whole = build()
    metas = [meta(7, 5)]
    assert (slide.simple_test(page, metas)[0] == whole.simple_test(page, metas)[0]).all()


def test_layers_choose_the_scale_a_class_uses(build, meta):
    full, half = torch.tensor([0., 0., 3.]), torch.tensor([2., 0., -9.])
    views = [value[None, :, None, None].expand(1, 3, 2, 2) for value in (full, half)]
    metas = [[meta(2, 2, view_scale=1.)], [meta(2, 2, view_scale=.5)]]
    model = build(test_cfg=dict(mode='whole', layers={2: [1.]}))
    both = build().test_scores(views, metas).seg[0, :, 0, 0]
    layered = model.test_scores(views, metas).seg[0, :, 0, 0]
    assert both.tolist() == pytest.approx((.5 * (full.softmax(0) + half.softmax(0))).tolist())
    assert layered[:2].tolist() == pytest.approx(both[:2].tolist())
    assert layered[2].item() == pytest.approx(full.softmax(0)[2].item())


def test_class_scales_is_another_name_of_layers(build, meta):
    views = [torch.randn(1, 3, 2, 2) for _ in range(2)]
    metas = [[meta(2, 2, view_scale=1.)], [meta(2, 2, view_scale=.5)]]
    first, second = (build(test_cfg={'mode': 'whole', key: {2: [1.]}}).test_scores(views, metas).seg
                     for key in ('layers', 'class_scales'))
    assert torch.equal(first, second)
    both = build(test_cfg=dict(mode='whole', layers={2: [1.]}, class_scales={2: [.5]}))
    with pytest.raises(InputError, match='class_scales and layers.*keep one'):
        both.test_scores(views, metas)


def test_page_types_are_averaged_over_views(build, meta):
    model = build(cls_head=CLS)
    model.cls_head.fc.weight.data.copy_(torch.tensor([[0., 0., 0.], [0., 0., 1.]]))
    model.cls_head.fc.bias.data.zero_()
    views = [torch.full((1, 3, 2, 2), value) for value in (-50., 50.)]
    result, = model.aug_test(views, [[meta(2, 2)], [meta(2, 2)]])
    assert result['cls_scores'] == pytest.approx([.5, .5])


def test_losses_are_named_by_their_heads(build, meta):
    model = build(cls_head=CLS, auxiliary_head=[dict(type='IdentityHead', in_channels=3)] * 2)
    metas = [meta(2, 2, cls_label=1)]
    losses = model(torch.rand(1, 3, 2, 2), metas, gt_semantic_seg=torch.zeros(1, 1, 2, 2).long())
    assert set(losses) == {'decode.loss_ce', 'decode.acc_seg', 'aux_0.loss_ce', 'aux_0.acc_seg',
                           'aux_1.loss_ce', 'aux_1.acc_seg', 'cls.loss_ce', 'cls.acc'}


def test_train_step_sums_what_is_called_loss(build, meta):
    model = build(cls_head=CLS)
    batch = dict(img=torch.rand(2, 3, 2, 2), img_metas=[meta(2, 2, cls_label=0)] * 2,
                 gt_semantic_seg=torch.zeros(2, 1, 2, 2).long())
    step = model.train_step(batch, None)
    log = step['log_vars']
    assert step['num_samples'] == 2
    assert log['loss'] == pytest.approx(log['decode.loss_ce'] + log['cls.loss_ce'])
    assert step['loss'].item() == pytest.approx(log['loss'])
    assert set(model.val_step(batch)['log_vars']) == {f'{name}_val' for name in log}


def test_old_page_type_heads_load_by_their_new_name(build):
    model = build(cls_head=CLS)
    state = model.state_dict()
    old = {name.replace('cls_head.fc', 'classify_head.2'): torch.full_like(value, 7.)
           for name, value in state.items()}
    assert 'classify_head.2.weight' in old
    model.load_state_dict(old, strict=True)
    assert model.cls_head.fc.weight.unique().tolist() == [7.]


def test_forward_dummy_and_encode_decode_give_a_pair_with_page_types(build):
    image = torch.rand(1, 3, 2, 2)
    assert isinstance(build().forward_dummy(image), torch.Tensor)
    pair = build(cls_head=CLS).encode_decode(image, None)
    assert isinstance(pair, PageLogits)
    assert (tuple(pair.seg.shape), tuple(pair.cls.shape)) == ((1, 3, 2, 2), (1, 2))


def test_one_channel_is_compared_with_the_threshold(build, meta):
    head = dict(type='IdentityHead', in_channels=3, num_classes=2, out_channels=1, threshold=.6,
                loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True))
    page = torch.zeros(1, 3, 1, 3)
    page[0, 0, 0] = torch.tensor([-1., 0.3, 1.])  # sigmoid .27, .57, .73
    assert build(decode_head=head).simple_test(page, [meta(1, 3)])[0].tolist() == [[0, 0, 1]]


def test_show_result_paints_the_page(build, tmp_path):
    model = build()
    model.CLASSES, model.PALETTE = ('a', 'b', 'c'), [[0, 0, 0], [200, 0, 0], [0, 200, 0]]
    page = np.full((40, 60, 3), 255, np.uint8)
    seg = np.zeros((40, 60), np.uint8)
    seg[:, 30:] = 1
    picture = model.show_result(page, [seg], opacity=.5)
    assert picture[10, 10].tolist() == [255, 255, 255]
    assert picture[10, 50, 2] > picture[10, 50, 0]  # BGR: more red than blue
    model.show_result(page, [seg], out_file=str(tmp_path / 'deep' / 'page.png'))
    assert (tmp_path / 'deep' / 'page.png').stat().st_size > 100
    with pytest.raises(InputError, match='opacity'):
        model.show_result(page, [seg], opacity=0)


@pytest.mark.parametrize('changes, message', [
    (dict(test_cfg=dict(mode='hole')), "must be 'whole' or 'slide', got 'hole'"),
    (dict(test_cfg=dict(mode='slide')), 'needs test_cfg.crop_size'),
])
def test_wrong_test_cfg(build, meta, changes, message):
    with pytest.raises(InputError, match=message):
        build(**changes).simple_test(torch.rand(1, 3, 2, 2), [meta(2, 2)])


def test_a_cls_head_needs_a_known_width(build):
    with pytest.raises(InputError, match='give cls_head.in_channels'):
        build(cls_head=dict(CLS, in_index=3))


def test_the_cascade_refines_the_answer_before():
    from mmseg.models.builder import HEADS
    from mmseg.models.decode_heads.cascade_decode_head import BaseCascadeDecodeHead

    @HEADS.register_module(force=True)
    class AddingHead(BaseCascadeDecodeHead):
        def forward(self, inputs, prev_output):
            return prev_output + inputs[0]

    heads = [dict(type='IdentityHead', in_channels=3),
             dict(type='AddingHead', in_channels=3, channels=3, num_classes=3)]
    config = dict(type='CascadeEncoderDecoder', num_stages=2, backbone=dict(type='PassThrough'),
                  decode_head=heads, train_cfg=dict(), test_cfg=dict(mode='whole'))
    model = build_segmentor(config)
    image = torch.rand(1, 3, 2, 2)
    assert torch.allclose(model.encode_decode(image, None), 2 * image)
    losses = model.forward_train(image, [{}], torch.zeros(1, 1, 2, 2).long())
    assert {'decode_0.loss_ce', 'decode_1.loss_ce'} <= set(losses)
    with pytest.raises(InputError, match='num_stages is 3'):
        build_segmentor(dict(config, num_stages=3))


def test_a_percentage_of_nothing_is_not_logged():
    loss, logged = EncoderDecoder._parse_losses({
        'decode.loss_ce': torch.tensor([1., 3.]), 'decode.acc_seg': torch.tensor([50.]),
        'cls.acc': torch.tensor([float('nan')]), 'cls.loss_ce': torch.tensor(.5)})
    assert loss.item() == 2.5
    assert logged == {'decode.loss_ce': 2., 'decode.acc_seg': 50., 'cls.loss_ce': .5, 'loss': 2.5}
    _, logged = EncoderDecoder._parse_losses({'loss': torch.tensor(float('nan'))})
    assert logged['loss'] != logged['loss']  # a loss that breaks down is shown


def test_flips_of_several_directions_in_one_batch(build, meta):
    page = one_hot([[0, 1], [2, 2]])
    metas = [meta(2, 2, flip=True, flip_direction=way)
             for way in ('horizontal', 'vertical', 'diagonal')] + [meta(2, 2)]
    expected = [[[1, 0], [2, 2]], [[2, 2], [0, 1]], [[2, 2], [1, 0]], [[0, 1], [2, 2]]]
    batch = page.expand(4, -1, -1, -1)
    assert [found.tolist() for found in build().simple_test(batch, metas)] == expected
    seg = build().test_scores([batch], [metas]).seg
    assert seg.argmax(dim=1).tolist() == expected


def test_a_single_view_needs_the_scale_that_a_class_uses(build, meta):
    model = build(test_cfg=dict(mode='whole', layers={2: [2.]}))
    with pytest.raises(InputError, match='class 2 uses the scale 2, but the views have the '
                                         'scales 1'):
        model.simple_test(torch.rand(1, 3, 2, 2), [meta(2, 2)])
    seg_map, = model.simple_test(one_hot([[0, 1]]), [meta(1, 2, view_scale=2.)])
    assert seg_map.tolist() == [[0, 1]]


@pytest.mark.parametrize('changes, message', [
    (dict(train_cfg=dict(augments=dict(type='BatchMixup'))),
     "unknown key 'model.train_cfg.augments'; there are num_points"),
    (dict(train_cfg=dict(num_point=3)), r"train_cfg.num_point' \(did you mean 'num_points'\?\)"),
    (dict(test_cfg=dict(mode='whole', flip=True)), "unknown key 'model.test_cfg.flip'")])
def test_unknown_settings(build, changes, message, monkeypatch):
    with pytest.raises(InputError, match=message):
        build_segmentor({**OWN_PARTS, **changes})
    build(**changes)  # its head is a user's, who may read what he likes


OWN_PARTS = dict(
    type='EncoderDecoder', backbone=dict(type='UNet', in_channels=3, base_channels=4, num_stages=2,
                                         strides=(1, 1), enc_num_convs=(1, 1), dec_num_convs=(1, ),
                                         downsamples=(True, ), enc_dilations=(1, 1),
                                         dec_dilations=(1, )),
    decode_head=dict(type='FCNHead', in_channels=4, channels=4, num_convs=0, concat_input=False,
                     num_classes=3))
