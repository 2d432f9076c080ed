"""Dual attention: channels, and what a fresh head does."""
import torch

from mmseg.models.decode_heads.da_head import CAM, PAM


def test_channel_draws_from_the_channels_least_like_it():
    attention = CAM()
    attention.gamma.scale.data.fill_(1.)
    x = torch.tensor([[[[3., 0.]], [[0., 2.]]]])
    # Products of the channels are 9, 0 and 4: below the best by 0 and 9, or by 4 and 0.
    first = torch.tensor([0., 9.]).softmax(0)
    second = torch.tensor([4., 0.]).softmax(0)
    drawn = torch.stack([first, second]) @ torch.tensor([[3., 0.], [0., 2.]])
    torch.testing.assert_close(attention(x)[0, :, 0], x[0, :, 0] + drawn)


def test_attention_begins_as_nothing(waves):
    x = waves(1, 4, 3, 2)
    assert torch.equal(PAM(4, 2)(x), x)
    assert torch.equal(CAM()(x), x)
