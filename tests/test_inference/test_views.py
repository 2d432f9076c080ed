"""Windows, flips and scores of one view."""
import pytest
import torch

from mmseg.inference import PageLogits, as_page, resize_to, slide, softmax_scores, undo_flip
from mmseg.inference.views import best_classes, resized_at, undo_flips
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('size, crop, stride', [
    ((7, 9), (4, 4), (3, 2)), ((4, 4), (4, 4), (4, 4)), ((3, 11), (5, 5), (5, 1)),
    ((10, 10), (4, 4), (4, 4)),
])
def test_an_identity_through_windows_gives_the_page_back(size, crop, stride):
    page = torch.rand(2, 3, *size)
    seg, cls, _ = slide(lambda window: PageLogits(window, None), page, crop, stride)
    assert torch.allclose(seg, page, atol=1e-6)
    assert cls is None


def test_overlapping_windows_are_averaged():
    calls = []

    def forward(window):
        calls.append(window)
        return PageLogits(torch.full_like(window, float(len(calls))), None)

    seg = slide(forward, torch.zeros(1, 1, 1, 3), (1, 2), (1, 1)).seg
    assert seg.flatten().tolist() == [1., 1.5, 2.]


def test_page_types_are_averaged_as_scores_not_as_logits():
    logits = iter([torch.tensor([[0., 0.]]), torch.tensor([[100., 0.]])])
    page = slide(lambda window: PageLogits(window, next(logits)), torch.zeros(1, 1, 1, 4),
                 (1, 2), (1, 2))
    assert softmax_scores(page).cls.flatten().tolist() == pytest.approx([.75, .25])


@pytest.mark.parametrize('stride', [(0, 1), (1, 3)])
def test_a_stride_that_leaves_pixels_out(stride):
    with pytest.raises(InputError, match='must lie between 1 and'):
        slide(lambda window: PageLogits(window, None), torch.zeros(1, 1, 4, 4), (2, 2), stride)


def test_a_flip_undone_is_the_input():
    seg = torch.arange(4.).reshape(1, 1, 2, 2)
    assert undo_flip(seg, 'horizontal').flatten().tolist() == [1, 0, 3, 2]
    assert undo_flip(seg, 'vertical').flatten().tolist() == [2, 3, 0, 1]
    assert undo_flip(seg, 'diagonal').flatten().tolist() == [3, 2, 1, 0]
    with pytest.raises(InputError, match="one of horizontal, vertical, diagonal, got 'sideways'"):
        undo_flip(seg, 'sideways')


def test_each_page_of_a_batch_has_its_own_flip():
    seg = torch.arange(4.).reshape(1, 1, 2, 2).expand(4, 1, 2, 2)
    metas = [dict(flip=True, flip_direction='horizontal'), dict(flip=False),
             dict(flip=True, flip_direction='vertical'), dict(flip=True, flip_direction='diagonal')]
    assert undo_flips(seg, metas).flatten(1).tolist() == [
        [1, 0, 3, 2], [0, 1, 2, 3], [2, 3, 0, 1], [3, 2, 1, 0]]


def test_one_channel_takes_a_sigmoid():
    assert softmax_scores(PageLogits(torch.zeros(1, 1, 1, 1), None)).seg.item() == .5


def test_as_page_takes_both_forms():
    seg, cls = torch.zeros(1, 2, 1, 1), torch.zeros(1, 2)
    assert as_page(seg).seg is seg and as_page(seg).cls is None and as_page(seg).lines is None
    assert as_page((seg, cls)).cls is cls


def test_resize_leaves_a_fitting_map_alone():
    seg = torch.rand(1, 2, 3, 3)
    assert resize_to(seg, (3, 3), False) is seg
    assert resize_to(seg, (6, 6), False).shape == (1, 2, 6, 6)


@pytest.mark.parametrize('crop', [3, (4, ), ('4', 4), None, (4., 4)])
def test_sizes_of_windows_are_two_whole_numbers(crop):
    with pytest.raises(InputError, match=r'^test_cfg.crop_size is \(height, width\) in pixels'):
        slide(as_page, torch.zeros(1, 3, 4, 4), crop, (2, 2))


@pytest.mark.parametrize('align_corners', [False, True])
@pytest.mark.parametrize('size', [(9, 20), (3, 5), (7, 13), (1, 1)])
def test_some_pixels_of_a_resized_map(size, align_corners):
    maps = torch.rand(4, 7, 13, generator=torch.Generator().manual_seed(0))
    y, x = torch.ones(size).nonzero(as_tuple=True)
    y, x = y.flip(0), x.flip(0)
    whole = torch.nn.functional.interpolate(maps[None], size, mode='bilinear',
                                            align_corners=align_corners)[0]
    found = resized_at(maps, size, y, x, align_corners)
    torch.testing.assert_close(found, whole[:, y, x], atol=1e-6, rtol=0)


def test_a_pixel_between_two_has_the_mean_of_both():
    maps = torch.tensor([[[0., 8.]]])
    found = resized_at(maps, (1, 4), torch.tensor([0, 0, 0]), torch.tensor([3, 1, 2]), False)
    assert found.tolist() == [[8, 2, 6]]


def test_the_best_class_of_each_pixel_is_the_first_of_equals():
    scores = torch.tensor([[.2, .5], [.7, .5], [.1, 0.]]).reshape(1, 3, 1, 2)
    best = best_classes(scores)
    assert best.tolist() == [[[1, 0]]]
    assert best.dtype == torch.uint8


def test_more_classes_than_a_byte_holds():
    scores = torch.zeros(1, 257, 1, 1)
    scores[0, 256] = 1
    assert best_classes(scores).tolist() == [[[256]]]
