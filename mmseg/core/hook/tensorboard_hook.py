"""Scores, page-type accuracy among them, and painted pages in TensorBoard."""
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from mmcv.runner import HOOKS, TensorboardLoggerHook
from mmcv.runner.dist_utils import master_only

from mmseg.utils.errors import InputError

from .samples import Names, Sample, SampleImagesMixin, picture


@HOOKS.register_module()
class MMSegTensorboardHook(SampleImagesMixin, TensorboardLoggerHook):
    """Logs to TensorBoard what mmcv's hook does, and after each evaluation some painted pages.

    Each picture has the label on the left and the prediction on the right, with the page types
    above; scores of the evaluation are ``val/mIoU``, ``val/page_acc`` and so on.

    Args:
        num_eval_images: Pages after each evaluation.
        **kwargs: ``log_dir``, ``interval`` and what else mmcv's TensorboardLoggerHook takes.

    Raises:
        InputError: tensorboard is not installed, or nothing is evaluated that could be painted.
    """

    def __init__(self, num_eval_images: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_eval_images = num_eval_images

    @master_only
    def before_run(self, runner: Any) -> None:
        """Open the log.

        Raises:
            InputError: tensorboard is not installed.
        """
        if find_spec('tensorboard') is None:
            raise InputError("MMSegTensorboardHook needs tensorboard: install the extra 'optional' "
                             "(pip install 'mmseg-layout[optional]')")
        self.check(runner)
        super().before_run(runner)

    def add_samples(self, runner: Any, pages: Iterator[Sample], names: Names) -> None:
        """Add a picture of each page."""
        for page in pages:
            self.writer.add_image(f'val/{page.name}', picture(page, names)[..., ::-1],
                                  self.get_iter(runner), dataformats='HWC')
