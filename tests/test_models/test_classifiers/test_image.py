"""A classifier in training, in tests, and next to segmentors with the same backbone."""
import numpy as np
import pytest
import torch
from torch import nn

from mmseg.models import HEADS, LOSSES, build_classifier, build_segmentor
from mmseg.models.classifiers import ClsHead
from mmseg.models.classifiers.builder import CLASSIFICATION, build_part
from mmseg.utils.checkpoint import load_weights
from mmseg.utils.errors import InputError

SMALL = dict(depth=18, base_channels=4, stem_channels=4)


def config(**changes):
    return dict(
        type='ImageClassifier', backbone=dict(type='ResNet', **SMALL),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=3, in_channels=32), **changes)


@pytest.fixture
def model(filled):
    return filled(build_classifier(config()))


def test_training_gives_the_cross_entropy_of_the_logits(model, waves):
    img, label = waves(4, 3, 32, 32), torch.tensor([0, 2, 1, 1])
    with torch.no_grad():
        wanted = -model.logits(img).log_softmax(dim=1)[range(4), label].mean()
    step = model.train_step(dict(img=img, gt_label=label, img_metas=[{}] * 4))
    assert step['loss'].item() == pytest.approx(wanted.item(), rel=1e-5)
    assert step['num_samples'] == 4
    assert step['log_vars'].keys() == {'loss'}


def test_the_log_has_the_accuracy_where_it_is_wanted(waves, filled):
    cfg = config()
    cfg['head'].update(cal_acc=True, topk=(1, 3))
    step = filled(build_classifier(cfg)).train_step(
        dict(img=waves(2, 3, 32, 32), gt_label=torch.tensor([0, 1])))
    assert step['log_vars'].keys() == {'loss', 'top-1', 'top-3'}
    assert step['log_vars']['top-3'] == 100


def test_several_views_give_the_mean_of_their_scores(model, waves):
    views = [waves(2, 3, 32, 32), waves(2, 3, 32, 32).flip(3)]
    with torch.no_grad():
        one, two = (np.stack(model([view], return_loss=False, img_metas=[[{}] * 2]))
                    for view in views)
        both = np.stack(model(views, return_loss=False, img_metas=[[{}] * 2] * 2))
    np.testing.assert_allclose(both, (one + two) / 2, rtol=1e-5)
    assert both.sum(axis=1) == pytest.approx([1, 1])


def test_features_of_each_stage(model, waves):
    img = waves(2, 3, 64, 64)
    assert [tuple(x.shape) for x in model.extract_feat(img, 'backbone')] == [(2, 32, 2, 2)]
    assert [tuple(x.shape) for x in model.extract_feat(img, 'neck')] == [(2, 32)]
    assert model.extract_feat(img, 'pre_logits').shape == (2, 32)
    with pytest.raises(InputError, match="no features of the stage 'head'; there are backbone"):
        model.extract_feat(img, 'head')


def test_for_commands_it_is_a_segmentor_without_classes_of_pixels(model, waves):
    model.CLASSES = ('document', 'slide', 'form')
    img = waves(2, 3, 32, 32)
    with torch.no_grad():
        scores = model.test_scores([img], [[dict(ori_shape=(40, 30, 3))] * 2])
        logits = model.encode_decode(img)
    assert scores.seg.shape == (2, 0, 40, 30)
    assert logits.seg.shape == (2, 0, 32, 32)
    torch.testing.assert_close(scores.cls, logits.cls.softmax(dim=1))
    assert model.PAGE_CLASSES == ('document', 'slide', 'form')
    assert model.with_cls_head and model.cls_head.num_classes == 3


def test_mixed_pages_train_with_mixed_labels(waves, filled):
    cfg = config(train_cfg=dict(augments=dict(
        type='BatchMixup', alpha=1., num_classes=3, prob=1.)))
    model = filled(build_classifier(cfg))
    img, label = waves(2, 3, 32, 32), torch.tensor([0, 2])
    np.random.seed(0)
    torch.manual_seed(2)
    share, others = np.random.beta(1, 1), torch.randperm(2)
    np.random.seed(0)
    torch.manual_seed(2)
    mixed_img, mixed_label = model.augments.augments[0].mix(
        img, nn.functional.one_hot(label, 3), others, share)
    with torch.no_grad():
        wanted = -(mixed_label * model.logits(mixed_img).log_softmax(dim=1)).sum() / 2
        model.augments = model.augments.augments[0]
        found = model(img, gt_label=label)['loss']
    assert found.item() == pytest.approx(wanted.item(), rel=1e-5)


@pytest.mark.parametrize('train_cfg, sentence', [
    (dict(augment=dict()), "unknown key 'model.train_cfg.augment'.*did you mean 'augments'"),
    (dict(augments=[]), 'is empty'),
    (dict(augments=[dict(type='BatchMixup', alpha=1., num_classes=3, prob=.7),
                    dict(type='BatchCutMix', alpha=1., num_classes=3, prob=.7)]),
     'adds up to 1.4; at most 1'),
    (dict(augments=dict(type='BatchMixup', alpha=-1., num_classes=3)), 'alpha .* above 0'),
    (dict(augments=dict(type='BatchMix', alpha=1., num_classes=3)), "'BatchMix' is not in"),
])
def test_settings_that_mean_nothing_are_refused(train_cfg, sentence):
    with pytest.raises(InputError, match=sentence):
        build_classifier(config(train_cfg=train_cfg))


def test_mixup_of_older_configs_is_a_mixture_of_every_batch():
    model = build_classifier(config(), train_cfg=dict(mixup=dict(alpha=.2, num_classes=3)))
    mixture, = model.augments.augments
    assert type(mixture).__name__ == 'BatchMixup'
    assert (mixture.alpha, mixture.prob) == (.2, 1.)


def test_the_rest_of_the_batches_stays_as_it_is():
    model = build_classifier(config(train_cfg=dict(augments=[
        dict(type='BatchMixup', alpha=1., num_classes=3, prob=.3),
        dict(type='BatchCutMix', alpha=1., num_classes=3, prob=.2)])))
    assert [type(part).__name__ for part in model.augments.augments] == [
        'BatchMixup', 'BatchCutMix', 'Identity']
    assert model.augments.augment_probs == pytest.approx([.3, .2, .5])


def test_a_head_and_a_loss_of_ones_own(filled, waves):
    class AbsoluteLoss(nn.Module):
        def __init__(self, loss_weight=1.0):
            super().__init__()
            self.loss_weight = loss_weight

        def forward(self, cls_score, label, weight=None, avg_factor=None, **kwargs):
            target = nn.functional.one_hot(label, cls_score.shape[1])
            return self.loss_weight * (cls_score - target).abs().sum() / avg_factor

    class TwoLayerHead(ClsHead):
        def __init__(self, num_classes, in_channels, **kwargs):
            super().__init__(**kwargs)
            self.num_classes = num_classes
            self.layers = nn.Sequential(nn.Linear(in_channels, 8), nn.ReLU(),
                                        nn.Linear(8, num_classes))

        def pre_logits(self, x):
            return x[-1]

        def forward_train(self, x, gt_label, **kwargs):
            return self.loss(self.layers(self.pre_logits(x)), gt_label, **kwargs)

        def simple_test(self, x, softmax=True, post_process=True):
            logits = self.layers(self.pre_logits(x))
            pred = logits.softmax(dim=1) if softmax else logits
            return self.post_process(pred) if post_process else pred

    LOSSES.register_module()(AbsoluteLoss)
    HEADS.register_module()(TwoLayerHead)
    try:
        cfg = config()
        cfg['head'].update(type='TwoLayerHead', loss=dict(type='AbsoluteLoss', loss_weight=2.0))
        model = filled(build_classifier(cfg))
    finally:
        for registry, name in ((LOSSES, 'AbsoluteLoss'), (HEADS, 'TwoLayerHead')):
            del registry.module_dict[name]
    img, label = waves(2, 3, 32, 32), torch.tensor([0, 2])
    with torch.no_grad():
        logits = model.logits(img)
        loss = model(img, gt_label=label)['loss']
    wanted = 2 * (logits - nn.functional.one_hot(label, 3)).abs().sum() / 2
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-5)
    assert np.stack(model(img, return_loss=False)).shape == (2, 3)


def segmentor(backbone, width):
    return dict(type='EncoderDecoder', backbone=backbone, decode_head=dict(
        type='FCNHead', in_channels=width, in_index=-1, channels=4, num_convs=1, num_classes=2))


BOTH = {
    'ResNet': (dict(type='ResNet', **SMALL), dict(type='ResNet', **SMALL), 32),
    'ResNetV1d': (dict(type='ResNetV1d', **SMALL), dict(type='ResNetV1d', **SMALL), 32),
    'ResNeSt': (dict(type='ResNeSt', **{**SMALL, 'depth': 50}),
                dict(type='ResNeSt', **{**SMALL, 'depth': 50}), 128),
    'MobileNetV2': (dict(type='MobileNetV2', widen_factor=.25),
                    dict(type='MobileNetV2', widen_factor=.25), 80),
    'Swin': (dict(type='SwinTransformer', arch=dict(
                 embed_dims=8, depths=(2, 2), num_heads=(2, 2)), out_indices=(1, )),
             dict(type='SwinTransformer', embed_dims=8, depths=(2, 2), num_heads=(2, 2),
                  strides=(4, 2), out_indices=(1, )), 16),
    'ViT': (dict(type='VisionTransformer', img_size=64, arch=dict(
                embed_dims=8, num_layers=2, num_heads=2, feedforward_channels=16)),
            dict(type='VisionTransformer', img_size=64, embed_dims=8, num_layers=2, num_heads=2,
                 mlp_ratio=2, final_norm=True, norm_cfg=dict(type='LN', eps=1e-6)), 8),
}


@pytest.mark.parametrize('name', BOTH)
def test_a_backbone_goes_from_one_kind_of_network_to_the_other(name, filled, waves):
    of_classifier, of_segmentor, width = BOTH[name]
    head = dict(type='LinearClsHead', num_classes=3, in_channels=width)
    if name == 'ViT':
        head['type'] = 'VisionTransformerClsHead'
    if name == 'MobileNetV2':
        head['in_channels'] = 1280
    cfg = dict(config(), backbone=of_classifier, head=head)
    if name == 'ViT':
        cfg['neck'] = None
    img = waves(1, 3, 64, 64)

    def features(model):
        model.eval()
        with torch.no_grad():
            last = model.backbone(img)[-1]
        return last[0] if isinstance(last, list) else last

    first = filled(build_classifier(cfg))
    wanted = (first.backbone.layer7(features_before(first, img)) if name == 'MobileNetV2'
              else features(first))
    second = build_segmentor(segmentor(of_segmentor, width))
    load_weights(second, first.state_dict(), 'classifier', strict=False)
    torch.testing.assert_close(features(second), wanted)
    third = build_classifier(cfg)
    load_weights(third, second.state_dict(), 'segmentor', strict=False)
    if name != 'MobileNetV2':
        torch.testing.assert_close(features(third), features(first))
    else:
        torch.testing.assert_close(third.backbone.layer7[0].conv[0].conv.weight,
                                   first.backbone.layer7[0].conv[0].conv.weight)


def features_before(model, img):
    """What the seventh layer of MobileNetV2 reads."""
    kept = []
    handle = model.backbone.layer7.register_forward_pre_hook(lambda module, x: kept.append(x[0]))
    with torch.no_grad():
        model.backbone(img)
    handle.remove()
    return kept[0]


def test_backbones_of_segmentors_are_taken_with_their_own_arguments():
    cfg = config()
    cfg['backbone'] = dict(type='SwinTransformer', embed_dims=8, depths=(2, 2), num_heads=(2, 2),
                           strides=(4, 2), out_indices=(0, 1))
    cfg['head'].update(in_channels=16)
    model = build_classifier(cfg)
    assert type(model.backbone).__name__ == 'SwinTransformer'
    assert model.logits(torch.zeros(1, 3, 32, 32)).shape == (1, 3)
    assert 'SwinTransformer' in CLASSIFICATION.module_dict


@pytest.mark.parametrize('backbone, sentence', [
    (dict(type='SwinTransformer', arch='tinny'), "no arch 'tinny' .did you mean 'tiny'"),
    (dict(type='VisionTransformer', arch=dict(embed_dims=8)), 'arch has no num_layers, num_heads'),
])
def test_unknown_architectures_are_refused(backbone, sentence):
    with pytest.raises(InputError, match=sentence):
        build_classifier(dict(config(), backbone=backbone))


def test_windows_do_not_shift_where_there_is_only_one(filled, waves):
    cfg = config()
    cfg['backbone'] = dict(type='SwinTransformer', window_size=4, out_indices=(0, ), arch=dict(
        embed_dims=8, depths=(2, ), num_heads=(2, )))
    cfg['head'].update(in_channels=8)
    model = filled(build_classifier(cfg))
    shifting = filled(build_classifier(dict(cfg, backbone=dict(
        cfg['backbone'], pad_small_map=True))))
    one_window, four_windows = waves(1, 3, 16, 16), waves(1, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(model.logits(four_windows), shifting.logits(four_windows))
        assert (model.logits(one_window) - shifting.logits(one_window)).abs().max() > 1e-5
        # all tokens of one window see each other: a page rolled by whole patches gives the same
        # mean wherever positions have no bias
        for module in model.modules():
            if hasattr(module, 'relative_position_bias_table'):
                module.relative_position_bias_table.zero_()
        torch.testing.assert_close(model.logits(one_window),
                                   model.logits(one_window.roll((4, 8), (2, 3))))


def test_pages_of_several_types(filled, waves):
    cfg = config()
    cfg['head'] = dict(type='MultiLabelLinearClsHead', num_classes=3, in_channels=32)
    model = filled(build_classifier(cfg))
    model.CLASSES = ('table', 'form', 'letter')
    img = waves(2, 3, 32, 32)
    label = torch.tensor([[1, 0, -1], [0, 0, 1]])
    with torch.no_grad():
        logits = model.logits(img)
        scores = np.stack(model(img, return_loss=False))
        loss = model(img, gt_label=label)['loss']
    np.testing.assert_allclose(scores, logits.sigmoid(), rtol=1e-6)
    wanted = nn.functional.binary_cross_entropy_with_logits(
        logits, label.abs().float(), reduction='sum') / 2
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-5)
    assert model.multi_label
    assert model.describe(np.array([.9, .2, .6])) == 'table 0.90, letter 0.60'
    assert model.describe(np.array([.1, .2, .3])) == 'none'
    with pytest.raises(InputError, match='give sigmoid instead'):
        model(img, return_loss=False, softmax=False)


def test_a_result_is_written_on_the_page(model, tmp_path):
    model.CLASSES = ('document', 'slide', 'form')
    page = np.full((100, 200, 3), 255, np.uint8)
    picture = model.show_result(page, [np.array([.1, .7, .2])], out_file=str(tmp_path / 'a.png'))
    assert (tmp_path / 'a.png').is_file()
    assert picture.shape[0] > 100 and (picture[:100] == 255).all() and picture[100:].min() < 100
    assert model.describe(np.array([.1, .7, .2])) == 'slide 0.70'


@pytest.mark.parametrize(('backbone', 'name', 'shape'), [
    (dict(type='SwinTransformer', arch='base', img_size=384,
          stage_cfgs=dict(block_cfgs=dict(window_size=12))),
     'stages.0.blocks.0.attn.w_msa.relative_position_bias_table', (529, 4)),
    (dict(type='ResNeXt', depth=101, groups=32, width_per_group=8),
     'layer1.0.conv2.weight', (256, 8, 3, 3)),
    (dict(type='ResNeSt', depth=269, stem_channels=128), 'layer3.47.conv3.weight',
     (1024, 256, 1, 1)),
])
def test_backbones_of_larger_configs_build(backbone, name, shape):
    with torch.device('meta'):
        model = build_part(backbone)
    assert tuple(model.state_dict()[name].shape) == shape


def test_training_drops_branches_of_a_residual_network():
    model = build_part(dict(type='ResNet', depth=18, drop_path_rate=.5))
    plain = build_part(dict(type='ResNet', depth=18))
    assert list(model.state_dict()) == list(plain.state_dict())
    block = model.layer1[1].train()
    torch.manual_seed(0)
    img = torch.rand(64, 64, 2, 2)
    skipped = (block(img) == img).flatten(1).all(dim=1)
    assert 20 <= int(skipped.sum()) <= 44
    assert not (block.eval()(img) == img).all()


def test_other_settings_of_stages_are_refused():
    with pytest.raises(InputError, match='takes dict\\(block_cfgs=dict\\(window_size=...\\)\\)'):
        build_part(dict(type='SwinTransformer', stage_cfgs=dict(downsample_cfg=dict())))


def test_networks_for_small_images_have_one_convolution_as_stem():
    with pytest.raises(InputError, match='leave deep_stem out, or take ResNet'):
        build_part(dict(type='ResNet_CIFAR', depth=18, deep_stem=True))
