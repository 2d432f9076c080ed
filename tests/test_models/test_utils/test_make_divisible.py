"""Channel counts by hand."""
import pytest

from mmseg.models.utils import make_divisible


@pytest.mark.parametrize('value, options, wanted', [
    (16, {}, 16),
    (20, {}, 24),  # halves go up
    (19, {}, 24),  # 16 would be less than nine tenths of it
    (17, {}, 16),
    (3, {}, 8),
    (3, dict(min_value=4), 4),
    (11.2, {}, 16),
    (11.2, dict(min_ratio=.7), 8),
])
def test_multiples_of_eight(value, options, wanted):
    assert make_divisible(value, 8, **options) == wanted
