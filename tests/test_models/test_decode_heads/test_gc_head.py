"""What the heads with one block between two convolutions refuse."""
import pytest

from mmseg.models.builder import build_head
from mmseg.utils.errors import InputError

COMMON = dict(in_channels=8, channels=4, num_classes=3)


@pytest.mark.parametrize('cfg, message', [
    (dict(type='GCHead', pooling_type='max'), "pooling_type of GCHead is 'max'.*'att', 'avg'"),
    (dict(type='GCHead', fusion_types=()), r'fusion_types of GCHead is \(\)'),
    (dict(type='GCHead', fusion_types=('add', )), "'channel_add', 'channel_mul'"),
    (dict(type='NLHead', mode='gausian'), "did you mean 'gaussian'"),
    (dict(type='DNLHead', mode='dot'), "mode of a non-local head is 'dot'"),
])
def test_unknown_choices_are_named(cfg, message):
    with pytest.raises(InputError, match=message):
        build_head(dict(cfg, **COMMON))
