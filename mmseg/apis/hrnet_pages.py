"""Where the data sets of HRNet's repository for segmentation are, and what their labels mean."""
from __future__ import annotations

import os.path as osp
from dataclasses import dataclass, field
from typing import Any

from ..core.evaluation import get_classes
from ..datasets.cityscapes_labels import LABELS, VOID

# Of each class, in their order; all other values are ignored.
_CITYSCAPES_IDS = tuple(label.id for label in LABELS if label.train_id not in (VOID, -1))
_COCO_STUFF_GAPS = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91)  # numbers that COCO does not use
_COCO_STUFF_IDS = tuple(number for number in range(1, 183) if number not in _COCO_STUFF_GAPS)
_LIP_CLASSES = (
    'background', 'hat', 'hair', 'glove', 'sunglasses', 'upper clothes', 'dress', 'coat', 'socks',
    'pants', 'jumpsuit', 'scarf', 'skirt', 'face', 'left arm', 'right arm', 'left leg',
    'right leg', 'left shoe', 'right shoe')
CITYSCAPES_WEIGHTS = (
    0.8373, 0.918, 0.866, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023, 0.9539, 0.9843,
    1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507)


@dataclass(frozen=True)
class Pages:
    """A data set of that repository.

    Args:
        settings: The config of the data set but for its root, its list and its transforms.
        root: Its folder in ``DATASET.ROOT``.
        lists: Its files of names by ``DATASET.TRAIN_SET`` and ``TEST_SET``, where these are words.
        class_weight: Of each class in the loss.
        square: Whether images are brought to the size of the crop, whatever their proportions.
        by_short_side: Whether ``TEST.BASE_SIZE`` is that of the shorter side.
        sided: Whether classes are left or right, so that a mirrored image has others.
    """

    settings: dict[str, Any]
    root: str = ''
    lists: dict[str, str] = field(default_factory=dict)
    class_weight: tuple[float, ...] | None = None
    square: bool = False
    by_short_side: bool = False
    sided: bool = False


def pages_of(name: str, classes: int) -> Pages:
    """The data set of ``DATASET.DATASET`` and ``DATASET.NUM_CLASSES``.

    Another one than those of the repository has the numbers of its classes as labels and lists of
    files in the folder of its name.

    Args:
        name: Such as 'cityscapes'.
        classes: Their number; the data sets of the repository have 19 (cityscapes), 20 (lip),
            59 or 60 (pascal_ctx), 150 (ade20k) and 171 (cocostuff).
    """
    known = _known(classes).get((name, classes))
    if known is not None:
        return known
    return Pages(dict(type='ListFileDataset', img_dir=name, ann_dir=name,
                      classes=[f'class {number}' for number in range(classes)]))


def _known(classes: int) -> dict[tuple[str, int], Pages]:
    """Data sets of the repository, by name and number of classes."""
    context = Pages(
        dict(type='PascalContextDataset59' if classes == 59 else 'PascalContextDataset',
             img_dir='JPEGImages', ann_dir='SegmentationClassContext'),
        root=osp.join('pascal_ctx', 'VOCdevkit', 'VOC2010'),
        lists={split: f'ImageSets/SegmentationContext/{split}.txt' for split in ('train', 'val')})
    return {
        ('cityscapes', 19): Pages(
            dict(type='ListFileDataset', img_dir='cityscapes', ann_dir='cityscapes',
                 label_ids=_CITYSCAPES_IDS, classes=get_classes('cityscapes')),
            class_weight=CITYSCAPES_WEIGHTS),
        ('lip', 20): Pages(
            dict(type='ListFileDataset', img_dir='lip/TrainVal_images',
                 ann_dir='lip/TrainVal_parsing_annotations', more_columns=True,
                 classes=list(_LIP_CLASSES)), square=True, sided=True),
        ('ade20k', 150): Pages(
            dict(type='ListFileDataset', reduce_zero_label=True, classes=get_classes('ade20k')),
            by_short_side=True),
        ('cocostuff', 171): Pages(
            dict(type='ListFileDataset', label_ids=_COCO_STUFF_IDS,
                 classes=get_classes('cocostuff')), by_short_side=True),
        ('pascal_ctx', 59): context,
        ('pascal_ctx', 60): context,
    }
