"""Parameters of the label erosion of a training."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ErosionParams:
    """The label erosion of a training, by which predicted regions grow back.

    Attributes:
        methods: Class index → how ``LabelErosion`` shrank it: ``('pixels', n)``, ``('ratio', r)``
            or ``('vatti_ratio', r)``.
        scale: (width, height) to which pages were resized (keeping their proportions) before the
            erosion; None where pixels are those of the page as it is.
    """

    methods: Mapping[int, tuple[str, float]]
    scale: tuple[int, int] | None = None

    def pixels_per_unit(self, size: tuple[int, int]) -> float:
        """Pixels of a page of ``size`` to one pixel of the page that was eroded."""
        if self.scale is None:
            return 1.
        return max(max(size) / max(self.scale), min(size) / min(self.scale))
