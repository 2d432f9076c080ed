"""What the outputs of a network are called: names and colours of classes, names of page types."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class OutputNames(NamedTuple):
    """Names of a network's outputs; None where they are not known.

    Attributes:
        CLASSES: Names of the classes of pixels or boxes; of a classifier those of page types.
        PALETTE: RGB of each class, 0 to 255.
        PAGE_CLASSES: Names of the page types.
    """
    CLASSES: Sequence[str] | None = None
    PALETTE: Sequence[Sequence[int]] | None = None
    PAGE_CLASSES: Sequence[str] | None = None

    @classmethod
    def of(cls, source: Any) -> OutputNames:
        """Return the names that a data set, a class of data sets or a model has as attributes, or
        the ``meta`` of a checkpoint as keys."""
        values = source if isinstance(source, Mapping) else {
            name: getattr(source, name, None) for name in cls._fields}
        return cls(*(values.get(name) or None for name in cls._fields))

    def or_else(self, other: OutputNames) -> OutputNames:
        """Return these names, and those of ``other`` for what they leave open."""
        return OutputNames(self.CLASSES or other.CLASSES, self.PALETTE or other.PALETTE,
                           self.PAGE_CLASSES or other.PAGE_CLASSES)


def name_outputs(model: Any, names: OutputNames, default: OutputNames) -> None:
    """Set the names of a new network.

    Args:
        model: The network; what it calls its classes itself is kept where others are not as many.
        names: Names that are sure, such as those of its training.
        default: Names for what ``names`` leaves open, taken where there are as many as outputs.
    """
    own = getattr(model, 'CLASSES', None)
    pixels = getattr(model, 'num_classes', None)
    types = int(getattr(getattr(model, 'cls_head', None), 'num_classes', 0))
    classes = types if pixels == 0 else pixels
    for name, sure, other, count in zip(names._fields, names, default, (classes, pixels, types)):
        fits = other is not None and count in (None, len(other))
        setattr(model, name, sure if sure is not None else other if fits else None)
    if own is not None and len(model.CLASSES or ()) != classes:
        model.CLASSES = own  # of a network of lines, whose checkpoints may name something else
