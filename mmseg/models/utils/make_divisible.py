"""Channel counts that hardware likes."""
from __future__ import annotations


def make_divisible(value: float, divisor: int, min_value: int | None = None,
                   min_ratio: float = 0.9) -> int:
    """The multiple of ``divisor`` nearest to ``value``, hardly ever much below it.

    As in the MobileNets (Sandler et al., "MobileNetV2", CVPR 2018) and their published code.

    Args:
        value: Wanted number of channels.
        divisor: What the result is a multiple of.
        min_value: Smallest result; ``divisor`` by default.
        min_ratio: The next multiple is taken where the result would lie below this share of
            ``value``.
    """
    nearest = (int(value) + divisor // 2) // divisor * divisor
    result = max(divisor if min_value is None else min_value, nearest)
    return result + divisor if result < min_ratio * value else result
