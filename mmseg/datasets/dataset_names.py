"""What data sets that are known by name have in common."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .custom import CustomDataset


class KnownDataset(CustomDataset):
    """A data set whose file names and labels are published.

    Args:
        **kwargs: See :class:`CustomDataset`.

    Attributes:
        DEFAULTS: Arguments of :class:`CustomDataset` that this data set sets unless told otherwise.
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**self.DEFAULTS, **kwargs})
