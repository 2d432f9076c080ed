"""Object-contextual representations: the features of the classes, and fewer queries."""
import pytest
import torch

from mmseg.models.builder import build_head
from mmseg.models.decode_heads.ocr_head import SpatialGatherModule
from mmseg.utils.errors import InputError


def test_class_feature_is_the_mean_where_the_class_is():
    features = torch.tensor([[[[1., 3.], [5., 9.]]]])
    sure = 100 * torch.tensor([[[[1., 1.], [0., 0.]], [[0., 0.], [0., 1.]]]])
    assert SpatialGatherModule(scale=1)(features, sure).flatten().tolist() == [2., 9.]
    # With no difference between pixels the mean is over all of them.
    assert SpatialGatherModule(scale=0)(features, sure).flatten().tolist() == [4.5, 4.5]


def test_scale_makes_fewer_queries(waves):
    head = build_head(dict(type='OCRHead', in_channels=4, channels=4, num_classes=3,
                           ocr_channels=2, scale=2)).eval()
    seen = []
    head.object_context_block.out_project.register_forward_hook(
        lambda module, inputs, out: seen.append(out.shape))
    assert head([waves(1, 4, 6, 4)], waves(1, 3, 6, 4)).shape == (1, 3, 6, 4)
    assert seen == [(1, 4, 3, 2)]


def test_coarse_logits_of_another_size_are_named(waves):
    head = build_head(dict(type='OCRHead', in_channels=4, channels=4, num_classes=3,
                           ocr_channels=2)).eval()
    with pytest.raises(InputError, match=r'features of \(6, 4\) .* logits of \(3, 2\)'):
        head([waves(1, 4, 6, 4)], waves(1, 3, 3, 2))
