"""Interlaced attention: which pixels each half puts together."""
import torch
from torch import nn

from mmseg.models.builder import build_head

COMMON = dict(type='ISAHead', in_channels=4, channels=2, num_classes=3, isa_channels=2)


class _Mean(nn.Module):
    """Every pixel as the mean of its map."""

    def forward(self, x):
        return x.mean(dim=(2, 3), keepdim=True).expand_as(x)


def test_without_attention_the_pixels_keep_their_places(waves):
    head = build_head(dict(COMMON, down_factor=(2, 3)))
    head.global_relation = head.local_relation = nn.Identity()
    x = waves(2, 2, 4, 9)
    assert torch.equal(head._relate(x), x)


def test_first_half_joins_the_same_place_of_all_blocks(waves):
    head = build_head(dict(COMMON, down_factor=(2, 3)))
    head.global_relation, head.local_relation = _Mean(), nn.Identity()
    x = waves(1, 2, 4, 6)
    place = (x[..., :2, :3] + x[..., 2:, :3] + x[..., :2, 3:] + x[..., 2:, 3:]) / 4
    torch.testing.assert_close(head._relate(x), place.repeat(1, 1, 2, 2))


def test_second_half_joins_the_pixels_of_a_block(waves):
    head = build_head(dict(COMMON, down_factor=(2, 3)))
    head.global_relation, head.local_relation = nn.Identity(), _Mean()
    x = waves(1, 2, 4, 6)
    related = head._relate(x)
    torch.testing.assert_close(related[0, :, 2:, :3],
                               x[0, :, 2:, :3].mean((1, 2))[:, None, None].expand(2, 2, 3))


def test_map_that_no_block_divides(waves):
    head = build_head(dict(COMMON, down_factor=(4, 4), norm_cfg=dict(type='BN'))).eval()
    head.global_relation = head.local_relation = nn.Identity()
    seen = []
    head.out_conv.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    head([waves(1, 4, 5, 7)])
    related, features = seen[0].split(2, dim=1)
    assert torch.equal(related, features)
