"""Pages of the validation data with their predictions, for logs with pictures."""
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from mmcv.parallel import collate, is_module_wrapper
from mmcv.runner import EvalHook

from mmseg.core.visualization.compose import compose_legend, paint_result, side_by_side
from mmseg.core.visualization.paint import distinct_palette
from mmseg.core.visualization.pipeline import displayable
from mmseg.utils.errors import InputError
from mmseg.utils.util_distribution import to_device

IGNORED = 255


class Sample(NamedTuple):
    """A page with its truth and its prediction.

    Args:
        name: Of its file, without folders.
        image: uint8 (H, W, 3) in BGR.
        truth: Label map (H, W); None where there is none.
        true_type: Index of its page type; None where it has none.
        result: A test's result: a label map, or a dict with the page type.
    """

    name: str
    image: np.ndarray
    truth: np.ndarray | None
    true_type: int | None
    result: Any


class Names(NamedTuple):
    """Names and colours of the classes."""
    classes: tuple[str, ...]
    palette: list
    page_classes: tuple[str, ...] | None

    @classmethod
    def of(cls, dataset: Any) -> 'Names':
        """The names of a data set."""
        classes = tuple(dataset.CLASSES or ())
        page_classes = getattr(dataset, 'PAGE_CLASSES', None)
        return cls(classes, list(dataset.PALETTE or distinct_palette(len(classes))),
                   None if page_classes is None else tuple(page_classes))

    def page_type(self, index: int) -> str:
        """The name of a page type, or its number where it has none, as an unknown type."""
        if self.page_classes and 0 <= index < len(self.page_classes):
            return self.page_classes[index]
        return f'page type {index}'


def validation_set(runner: Any) -> Any:
    """The data set that the evaluation hook of a training reads.

    Raises:
        InputError: There is no such hook.
    """
    for hook in runner.hooks:
        if isinstance(hook, EvalHook):
            return hook.dataloader.dataset
    raise InputError('pictures of samples need an evaluation: train with validation, or set '
                     'num_eval_images=0')


def samples(runner: Any, count: int) -> Iterator[Sample]:
    """Pages spread evenly over the validation set, with the network's current predictions.

    Args:
        runner: Of the training.
        count: How many, at most as many as there are.
    """
    dataset = validation_set(runner)
    model = runner.model.module if is_module_wrapper(runner.model) else runner.model
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    try:
        for index in np.unique(np.linspace(0, len(dataset) - 1, min(count, len(dataset)))
                               .round().astype(int)).tolist():
            data = to_device(collate([dataset[index]], samples_per_gpu=1), device)
            with torch.no_grad():
                result = model(return_loss=False, **data)[0]
            yield _sample(dataset, index, data, result)
    finally:
        model.train(training)


def _sample(dataset: Any, index: int, data: dict[str, Any], result: Any) -> Sample:
    meta = data['img_metas'][0][0]
    height, width = meta['img_shape'][:2]
    seen = data['img'][0][0].float().cpu().numpy().transpose(1, 2, 0)[:height, :width]
    if meta.get('flip'):
        seen = seen[:, ::-1] if meta.get('flip_direction') == 'horizontal' else seen[::-1]
    page = displayable(seen, meta.get('img_norm_cfg'))
    page = cv2.resize(page, tuple(meta['ori_shape'][1::-1]), interpolation=cv2.INTER_AREA)
    number, part = index, dataset
    if hasattr(dataset, 'get_dataset_idx_and_sample_idx'):
        place, number = dataset.get_dataset_idx_and_sample_idx(index)
        part = dataset.datasets[place]
    info = part.img_infos[number] if hasattr(part, 'img_infos') else {}
    truth = part.get_gt_seg_map_by_idx(number) if 'ann' in info else None
    name = PurePath(meta.get('ori_filename') or f'page {index}').name
    return Sample(name, page, truth, info.get('cls_label'), result)


def picture(sample: Sample, names: Names, height: int = 640) -> np.ndarray:
    """The page painted with its truth next to the page painted with the prediction, with a legend:
    BGR ``(h, w, 3)``.

    Args:
        sample: What to draw.
        names: Of classes and page types.
        height: Of a panel, in pixels.
    """
    panels, captions = [], []
    seg = sample.result['seg_map'] if isinstance(sample.result, dict) else sample.result
    present = {*np.unique(seg).tolist()}
    if sample.truth is not None:
        panels.append(paint_result(sample.image, sample.truth, names.classes, names.palette,
                                   legend=False))
        kind = '' if sample.true_type is None else f': {names.page_type(sample.true_type)}'
        captions.append(f'label{kind}')
        present |= {*np.unique(sample.truth).tolist()}
    panels.append(paint_result(sample.image, seg, names.classes, names.palette, legend=False))
    captions.append(f'prediction{caption_of_type(sample, names)}')
    sheet = side_by_side(panels, captions, panel_height=height)
    return compose_legend(sheet, names.classes, names.palette, seg=np.array(sorted(present)))


def caption_of_type(sample: Sample, names: Names) -> str:
    """``': slide 0.93'``, or nothing where the network gives no page type."""
    if not isinstance(sample.result, dict) or sample.result.get('cls_label') is None:
        return ''
    label = int(sample.result['cls_label'])
    return f": {names.page_type(label)} {float(sample.result['cls_scores'][label]):.2f}"


def is_evaluation(runner: Any) -> bool:
    """Whether the numbers to be logged are scores: those of training steps have their time."""
    return runner.mode == 'train' and 'time' not in runner.log_buffer.output


class SampleImagesMixin:
    """Base of hooks that log pictures of some pages after each evaluation.

    Comes before mmcv's logger hook among the bases; ``add_samples`` logs the pictures.

    Args:
        num_eval_images: How many pages; 0 draws none.
    """

    num_eval_images: int

    def check(self, runner: Any) -> None:
        """Check at the start of a training that there will be pages to draw."""
        if self.num_eval_images > 0:
            validation_set(runner)

    def log(self, runner: Any) -> None:
        """Log numbers as mmcv does, and pictures where they are of an evaluation."""
        if is_evaluation(runner) and self.num_eval_images > 0 and runner.rank == 0:
            names = Names.of(validation_set(runner))
            self.add_samples(runner, samples(runner, self.num_eval_images), names)
        super().log(runner)  # type: ignore[misc]

    def add_samples(self, runner: Any, pages: Iterator[Sample], names: Names) -> None:
        """Log pages."""
        raise NotImplementedError
