"""The keys of ``train_cfg`` and ``test_cfg`` that segmentors read."""
from torch import nn

from ...inference.refinement import REFINEMENTS
from ...utils.errors import InputError, nearest

# What the segmentors and heads of this package read.
_TRAIN_KEYS = ('num_points', 'oversample_ratio', 'importance_sample_ratio', 'sampler', 'frozen')
_TEST_KEYS = ('mode', 'crop_size', 'stride', 'layers', 'class_scales', 'tiles',
              *REFINEMENTS, 'subdivision_steps', 'subdivision_num_points', 'scale_factor')


def check_settings(model: nn.Module) -> None:
    """Refuse keys of ``train_cfg`` and ``test_cfg`` that no part of this package reads.

    A part of the user's may read others: models with such a part are not checked.

    Raises:
        InputError: An unknown key.
    """
    others = [getattr(model, name, None) for name in ('cls_head', 'line_head')]
    parts = [type(model), *(type(part) for part in model.modules()
                            if hasattr(part, 'loss_decode') or part in others)]
    if not all(kind.__module__.startswith('mmseg.') for kind in parts):
        return
    for where, known in (('train_cfg', _TRAIN_KEYS), ('test_cfg', _TEST_KEYS)):
        for key in getattr(model, where) or {}:
            if key not in known:
                raise InputError(f"unknown key 'model.{where}.{key}'{nearest(key, known)}; "
                                 f'there are {", ".join(known)}')
