"""A list of transforms as one transform."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from mmseg.utils.errors import InputError
from mmseg.utils.safe_files import FAULTS, in_words

from ..builder import PIPELINES
from .classification import as_here
from .crop import RandomCrop
from .geometry import Resize

Transform = Callable[[dict[str, Any]], 'dict[str, Any] | None']


def _is_ours(transform: Any) -> bool:
    return type(transform).__module__.partition('.')[0] == 'mmseg'


def _page(data: Any) -> str:
    name = data.get('filename') if isinstance(data, Mapping) else None
    return name or 'a page'


@PIPELINES.register_module()
class Compose:
    """Run transforms one after the other.

    A Resize right before a RandomCrop only notes its size, and the crop then computes just the
    window that it keeps. Called one by one, the same transforms give the same picture.

    Args:
        transforms: Config dicts or callables, each taking and giving a ``results`` dict. One that
            gives None ends the run.

    Raises:
        InputError: An entry is neither.
    """

    def __init__(self, transforms: Sequence[Mapping[str, Any] | Transform]) -> None:
        self.transforms: list[Transform] = []
        for number, transform in enumerate(transforms):
            if isinstance(transform, Mapping):
                self.transforms.append(PIPELINES.build(as_here(transform)))
            elif callable(transform):
                self.transforms.append(transform)
            else:
                raise InputError(f'transform {number} of a pipeline must be a config dict or a '
                                 f'callable, got {transform!r}')

    def __call__(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """``data`` after all transforms; None where one of them gave None."""
        for transform, following in zip_longest(self.transforms, self.transforms[1:]):
            try:
                if type(transform) is Resize and type(following) is RandomCrop:
                    data = transform(data, lazily=True)
                elif (results := transform(data)) is None:
                    return None
                else:
                    data = results
            except FAULTS as error:
                if isinstance(error, InputError) or not _is_ours(transform):
                    raise
                raise InputError(
                    f'{transform} cannot do its work on {_page(data)}: {in_words(error)}; does it '
                    'have the right values, and the right steps before it?') from error
        return data

    def __repr__(self) -> str:
        lines = ''.join(f'\n    {transform}' for transform in self.transforms)
        return f'{type(self).__name__}({lines}\n)'
