"""A larger scale is computed only on tiles where a smaller one leaves a doubt."""
import pytest
import torch
from torch import nn

from mmseg.models import build_segmentor
from mmseg.models.builder import BACKBONES, HEADS
from mmseg.ops import PageMean
from mmseg.utils import InputError

ALONE = {0: [1.0], 1: [1.0], 2: [2.0]}


@BACKBONES.register_module()
class SmoothBackbone(nn.Module):
    """The mean of 3 x 3 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, img):
        return [nn.functional.avg_pool2d(img, 3, 1, 1)]


@HEADS.register_module()
class ColourHead(nn.Module):
    """A class for each colour channel."""

    align_corners, num_classes, out_channels = False, 3, 3

    def forward_test(self, inputs, img_metas, test_cfg):
        return inputs[0]


@HEADS.register_module()
class ColourTypeHead(nn.Module):
    """Two page types."""

    def __init__(self, in_channels: int = 3, in_index: int = -1) -> None:
        super().__init__()

    def forward(self, inputs):
        return inputs[-1].mean(dim=(2, 3))[:, :2]


def model(**test_cfg):
    return build_segmentor(dict(
        type='EncoderDecoder', backbone=dict(type='SmoothBackbone'),
        decode_head=dict(type='ColourHead'), cls_head=dict(type='ColourTypeHead', in_channels=3),
        test_cfg=dict(mode='whole', **test_cfg))).eval()


@pytest.fixture
def views():
    """Return two pages at the scales 1 and 2, and mirrored at the scale 2; the third colour of the
    first page is in doubt in one corner alone, that of the second everywhere."""
    generator = torch.Generator().manual_seed(0)
    pages = torch.zeros(2, 3, 96, 128)
    pages[:, 0] = 8
    pages[0, 2, :20, :20] = 8
    pages[1, 2] = 7 + torch.rand(96, 128, generator=generator)
    large = nn.functional.interpolate(pages, scale_factor=2, mode='bilinear')
    large += torch.rand(large.shape, generator=generator)

    def metas(scale, image, flip=False):
        return [dict(view_scale=scale, ori_shape=(96, 128, 3), img_shape=image.shape[2:],
                     flip=flip, flip_direction='horizontal')] * 2

    return ([pages, large, large.flip(3)],
            [metas(1.0, pages), metas(2.0, large), metas(2.0, large, True)])


def test_everything_in_doubt_gives_the_layered_scores(views):
    whole = model(layers=ALONE).test_scores(*views)
    tiled = model(layers=ALONE, tiles=dict(doubt=(0., 1.)))
    found = tiled.test_scores(*views)
    torch.testing.assert_close(found.seg, whole.seg, atol=1e-6, rtol=0)
    assert tiled.tile_count.skipped == 0


def test_without_a_doubt_the_larger_scale_is_not_computed(views):
    first = model().test_scores(*(part[:1] for part in views))
    tiled = model(layers=ALONE, tiles=dict(doubt=(2., 3.)))
    found = tiled.test_scores(*views)
    assert torch.equal(found.seg, first.seg) and torch.equal(found.cls, first.cls)
    assert tiled.tile_count.skipped == 1


@pytest.mark.parametrize('doubt', [(0.05, 0.95), 0.5])
def test_tiles_in_doubt_take_the_larger_scale(views, doubt):
    first = model().test_scores(*(part[:1] for part in views)).seg
    whole = model(layers=ALONE).test_scores(*views).seg
    tiled = model(layers=ALONE, tiles=dict(size=32, margin=32, doubt=doubt))
    seg = tiled.test_scores(*views).seg
    assert torch.equal(seg[:, :2], first[:, :2])  # other classes keep their scale
    # The corner is 40 x 40 pixels of the larger view, with its rim in 2 x 2 tiles of 32: 32 x 32
    # pixels of the page.
    torch.testing.assert_close(seg[0, 2, :32, :32], whole[0, 2, :32, :32], atol=1e-6, rtol=0)
    assert torch.equal(seg[0, 2, 32:], first[0, 2, 32:])
    assert torch.equal(seg[0, 2, :, 32:], first[0, 2, :, 32:])
    torch.testing.assert_close(seg[1, 2], whole[1, 2], atol=1e-6, rtol=0)
    # of the first page 96 x 96 of 192 x 256 pixels, all of the second
    assert tiled.tile_count.skipped == pytest.approx((1 - 96 * 96 / (192 * 256)) / 2)


def test_windows_have_the_mean_of_the_page_at_the_smaller_scale(views):
    tiled, seen = model(layers=ALONE, tiles=dict(margin=32, doubt=0.1)), []
    tiled.backbone.mean = PageMean()
    tiled.backbone.register_forward_hook(lambda backbone, given, maps: seen.append(
        (given[0].shape[3], backbone.mean(given[0])[:, 1].flatten().tolist())))
    smaller, larger, mirrored = views[0]
    smaller[:, 1], larger[:, 1], mirrored[:, 1] = 0, 1, 1  # green
    tiled.test_scores(*views)
    # of the first page a window is seen, the second one whole
    assert seen == [(128, [0, 0]), (96, [0]), (256, [1]), (96, [0]), (256, [1])]


def test_page_types_are_not_computed_for_windows(views):
    tiled, sizes = model(layers=ALONE, tiles=True), []
    tiled.cls_head.register_forward_hook(
        lambda head, given, answer: sizes.append(tuple(given[0][-1].shape)))
    tiled.test_scores(*views)
    assert sizes == [(2, 3, 96, 128)]  # both pages at the smaller scale


def test_where_tiles_are_of_no_use_is_said(views):
    with pytest.raises(InputError, match='name the scale of every class in test_cfg.layers'):
        model(layers={2: [2.0]}, tiles=True).test_scores(*views)
    slides = dict(layers=ALONE, tiles=True, crop_size=(64, 64), stride=(64, 64))
    sliding = model(**slides)
    sliding.test_cfg['mode'] = 'slide'
    with pytest.raises(InputError, match="needs test_cfg.mode 'whole'"):
        sliding.test_scores(*views)
