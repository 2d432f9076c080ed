"""Helpers for dictionaries of losses."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def add_prefix(inputs: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The same values under ``'<prefix>.<name>'``."""
    return {f'{prefix}.{name}': value for name, value in inputs.items()}
