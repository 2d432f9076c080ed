import pytest
import torch

from mmseg.models.decode_heads import ASPPUNetHead
from mmseg.utils.errors import InputError

SETTINGS = dict(in_channels=(4, 6, 8), in_index=(0, 1, 2), step_channels=(16, 8),
                skip_channels=(6, 4), context_channels=24, dilations=(1, 2), num_classes=5,
                norm_cfg=dict(type='BN'))


def maps(*sizes):
    torch.manual_seed(0)
    return [torch.rand(2, channels, *size)
            for channels, size in zip((4, 6, 8), sizes, strict=True)]


def test_logits_have_the_size_of_the_finest_map_also_where_sizes_are_odd():
    head = ASPPUNetHead(**SETTINGS).eval()
    assert head(maps((33, 47), (17, 24), (9, 12))).shape == (2, 5, 33, 47)


def test_every_map_counts():
    head = ASPPUNetHead(**SETTINGS).eval()
    inputs = maps((16, 16), (8, 8), (4, 4))
    before = head(inputs)
    for i in range(3):
        changed = [x + 1 if i == j else x for j, x in enumerate(inputs)]
        assert (head(changed) - before).abs().max() > 1e-4


def test_the_last_step_is_the_width_of_the_classifier():
    assert ASPPUNetHead(**SETTINGS).conv_seg.in_channels == 8


@pytest.mark.parametrize('change, message', [
    (dict(skip_channels=(6,)), r'skip_channels=\(6,\) for in_channels=\(4, 6, 8\)'),
    (dict(channels=3), 'channels=3; expected the last of step_channels'),
    (dict(input_transform='resize_concat'), "expected 'multiple_select'")])
def test_wrong_settings(change, message):
    with pytest.raises(InputError, match=message):
        ASPPUNetHead(**{**SETTINGS, **change})
