"""Whether a network and its data set speak of the same number of classes."""
from __future__ import annotations

from typing import Any

from mmcv.runner import HOOKS, Hook

from mmseg.utils.errors import InputError


@HOOKS.register_module()
class NumClassCheckHook(Hook):
    """Compares ``num_classes`` of a detector's head with the classes of its data set.

    It does so at the first iteration; MMDetection's default runtime names it.
    """

    def __init__(self) -> None:
        self.checked = False

    def before_iter(self, runner: Any) -> None:
        """Check once.

        Raises:
            InputError: The numbers differ.
        """
        if not self.checked:
            self._check(runner)
            self.checked = True

    @staticmethod
    def _check(runner: Any) -> None:
        # a runner that counts iterations wraps its loader
        loader = getattr(runner.data_loader, '_dataloader', runner.data_loader)
        dataset = loader.dataset
        classes = getattr(dataset, 'CLASSES', None)
        if classes is None:
            runner.logger.warning(f'{type(dataset).__name__} has no CLASSES to compare num_classes '
                                  'of the network with')
            return
        if isinstance(classes, str):
            raise InputError(f"classes of {type(dataset).__name__} is the text '{classes}'; a "
                             "single class needs a comma: classes=('text', )")
        for name, module in runner.model.named_modules():
            own = getattr(module, 'num_classes', None)
            if name.rpartition('.')[2] == 'bbox_head' and own != len(classes):
                raise InputError(f'num_classes of {name} is {own}, but {type(dataset).__name__} '
                                 f'has {len(classes)} classes: set both alike')
