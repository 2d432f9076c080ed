"""Transforms of the package albumentations."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmseg.utils.errors import InputError, UnknownNameError, nearest

from ..builder import PIPELINES

Results = dict[str, Any]
_KEYS = {'img': 'image', 'gt_semantic_seg': 'mask'}


def _package() -> Any:
    try:
        import albumentations
    except ImportError as error:
        raise InputError('Albu needs the package albumentations: pip install albumentations'
                         ) from error
    return albumentations


@PIPELINES.register_module()
class Albu:
    """Image and label maps after transforms of albumentations (Buslaev et al., "Albumentations:
    Fast and Flexible Image Augmentations", Information 2020).

    The image is BGR there, as everywhere in a pipeline. Label maps move with the image and are
    never interpolated.

    Args:
        transforms: Configs of albumentations' transforms, ``dict(type='GaussNoise', p=0.5)``; one
            that holds others has ``transforms`` too, such as ``OneOf``.
        keymap: Kept for configs of 0.x's sister projects; image and label maps are known without
            it.
        update_pad_shape: As ``keymap``; the padded shape always follows the image.

    Raises:
        InputError: albumentations is not installed, a config it does not take, a ``keymap`` of
            other parts of a page, or pages with text lines, which would not move.
        UnknownNameError: A transform that albumentations does not have.
    """

    def __init__(self, transforms: Sequence[Mapping[str, Any]],
                 keymap: Mapping[str, str] | None = None,
                 update_pad_shape: bool = False) -> None:
        unknown = [key for key in keymap or () if key not in _KEYS]
        if unknown:
            raise InputError(f"Albu has '{unknown[0]}' in its keymap; it transforms "
                             f'{" and ".join(_KEYS)}')
        self.transforms = [dict(transform) for transform in transforms]
        self._compose = _package().Compose([self._build(cfg) for cfg in self.transforms])

    def _build(self, cfg: Mapping[str, Any]) -> Any:
        """A transform of albumentations, and those within it."""
        package, args = _package(), dict(cfg)
        kind = args.pop('type', None)
        if not isinstance(kind, str) or not hasattr(package, kind):
            names = [name for name in dir(package) if name[:1].isupper()]
            raise UnknownNameError(f"albumentations has no transform '{kind}'"
                                   f'{nearest(str(kind), names)}')
        if 'transforms' in args:
            args['transforms'] = [self._build(inner) for inner in args['transforms']]
        try:
            return getattr(package, kind)(**args)
        except (TypeError, ValueError) as error:
            reason = ' '.join(str(error).split())[:200]
            raise InputError(f'albumentations does not take {dict(cfg)}: {reason}') from error

    def __call__(self, results: Results) -> Results:
        """Transform; writes img_shape and pad_shape."""
        if 'line_polygons' in results:
            raise InputError('Albu moves no text lines; leave it out where pages have some')
        if hasattr(self._compose, 'set_random_seed'):  # its draws are then those of a resumed run
            self._compose.set_random_seed(int(np.random.randint(2**31)))
        fields = list(results.get('seg_fields', []))
        masks = {'masks': [results[key] for key in fields]} if fields else {}
        found = self._compose(image=results['img'], **masks)
        results['img'] = found['image']
        results.update(zip(fields, found.get('masks', ())))
        results['img_shape'] = results['pad_shape'] = results['img'].shape
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(transforms={self.transforms})'
