"""The result of each transform of a training pipeline, as panels of one picture."""
from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from .compose import side_by_side
from .paint import paint_segmentation

# How ignored pixels look in the panels (RGB).
IGNORED = (150, 150, 150)


class Panel(NamedTuple):
    """A page after one transform."""
    name: str
    image: np.ndarray  # uint8 (H, W, 3), BGR
    seg: np.ndarray | None  # (H, W)
    changed: bool


def displayable(image: np.ndarray, norm_cfg: dict | None) -> np.ndarray:
    """The image ``(H, W, 3)`` or ``(H, W)`` as uint8 BGR ``(H, W, 3)``, not normalised."""
    if image.dtype != np.uint8:
        if norm_cfg is not None:
            image = image * np.asarray(norm_cfg['std']) + np.asarray(norm_cfg['mean'])
        image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    if norm_cfg is not None and norm_cfg.get('to_rgb') and image.ndim == 3:
        image = image[..., ::-1]
    return np.ascontiguousarray(image if image.ndim == 3 else np.stack([image] * 3, -1))


class PipelineRecorder:
    """Records the panels of the next page of a data set.

    ``watch(dataset)`` wraps every transform of the data set, also of those within wrappers such
    as RepeatDataset; ``dataset[i]`` then leaves its panels in ``panels`` and its image's name in
    ``name``. Clear ``panels`` between two pages.

    Args:
        skip_types: Names of transforms that are left out.
    """

    def __init__(self, skip_types: Collection[str] = ()):
        self.skip_types = frozenset(skip_types)
        self.panels: list[Panel] = []
        self.name = self.filename = ''
        self.page_class: int | None = None

    def watch(self, dataset: Any) -> Any:
        """The same data set, its transforms wrapped."""
        for part in getattr(dataset, 'datasets', [getattr(dataset, 'dataset', None)]):
            if part is not None:
                self.watch(part)
        pipeline = getattr(dataset, 'pipeline', None)
        if pipeline is not None:
            # A Compose holds its transforms in a list; MultiImageMixDataset is given one.
            transforms = getattr(pipeline, 'transforms', pipeline)
            self._watch(transforms)
        return dataset

    def _watch(self, transforms: list[Any]) -> None:
        for transform in transforms:
            # views of a test have transforms of their own
            inner = getattr(getattr(transform, 'transforms', None), 'transforms', None)
            if isinstance(inner, list):
                self._watch(inner)
        transforms[:] = [_Watched(transform, self) for transform in transforms]

    def record(self, name: str, results: dict[str, Any] | None) -> None:
        """Add the current state of the page, if it is still an array.

        Args:
            name: Of the transform.
            results: The dict after it; None where it dropped the page.
        """
        if results is None or not isinstance(results.get('img'), np.ndarray):
            return
        image = displayable(results['img'], results.get('img_norm_cfg'))
        seg = results.get('gt_semantic_seg')
        last = self.panels[-1] if self.panels else None
        changed = last is None or not (_same(image, last.image) and _same(seg, last.seg))
        self.panels.append(Panel(name, image.copy(), None if seg is None else seg.copy(), changed))
        self.name = results.get('ori_filename') or results.get('filename') or self.name
        self.filename = results.get('filename') or self.name
        self.page_class = results.get('cls_label')


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Whether two arrays, or their absence, are equal."""
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


class _Watched:
    """A transform that tells the recorder what it gave, and is else the transform itself."""

    def __init__(self, transform: Callable, recorder: PipelineRecorder):
        self._transform, self._recorder = transform, recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__['_transform'], name)

    def __call__(self, results: dict[str, Any]) -> dict[str, Any] | None:
        name = type(self._transform).__name__
        if name in self._recorder.skip_types:
            return results
        given = self._transform(results)
        self._recorder.record(name, given)
        return given


def draw_panels(panels: Sequence[Panel], palette: Sequence[Sequence[int]], opacity: float = 0.5,
                columns: int = 4, panel_height: int = 480,
                page_type: str | None = None) -> np.ndarray:
    """One sheet, BGR ``(h, w, 3)``, with the page after each transform and the transform's name.

    Args:
        panels: As a :class:`PipelineRecorder` leaves them, at least one.
        palette: RGB colour of each class.
        opacity: Share of the colour in (0, 1].
        columns: Panels in a row.
        panel_height: Pixels to which every panel is scaled.
        page_type: Name of the page's class, written above the first panel.
    """
    images, captions = [], []
    for panel in panels:
        image = panel.image
        if panel.seg is not None:
            image = paint_segmentation(image, panel.seg, palette, opacity, ignored=IGNORED)
        images.append(image)
        height, width = panel.image.shape[:2]
        state = '' if panel.changed else ', nothing changed'
        captions.append(f'{panel.name} ({width}x{height}{state})')
    if page_type is not None:
        captions[0] = f'{page_type}: {captions[0]}'
    return side_by_side(images, captions, min(columns, len(panels)), panel_height)
