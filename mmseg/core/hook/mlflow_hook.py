"""Scores, page-type accuracy among them, and painted pages in MLflow."""
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import numpy as np
from mmcv.runner import HOOKS, MlflowLoggerHook
from mmcv.runner.dist_utils import master_only

from mmseg.utils.errors import InputError

from .samples import Names, Sample, SampleImagesMixin, picture


@HOOKS.register_module()
class MMSegMlflowHook(SampleImagesMixin, MlflowLoggerHook):
    """Logs to MLflow what mmcv's hook does, and after each evaluation some painted pages.

    Pictures are artifacts ``samples/<iteration>/<page>.png``, the label on the left and the
    prediction on the right.

    Args:
        num_eval_images: Pages after each evaluation.
        **kwargs: ``exp_name``, ``tags``, ``params``, ``log_model``, ``interval`` and what else
            mmcv's MlflowLoggerHook takes.

    Raises:
        InputError: mlflow is not installed, or nothing is evaluated that could be painted.
    """

    def __init__(self, num_eval_images: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_eval_images = num_eval_images

    def import_mlflow(self) -> None:
        """Return the module ``mlflow``.

        Raises:
            InputError: mlflow is not installed.
        """
        try:
            super().import_mlflow()
        except ImportError as error:
            raise InputError("MMSegMlflowHook needs mlflow: install the extra 'logging' (pip "
                             "install 'mmseg-layout[logging]')") from error

    @master_only
    def before_run(self, runner: Any) -> None:
        """Set up the experiment."""
        self.check(runner)
        super().before_run(runner)

    def get_loggable_tags(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The numbers, under names that MLflow takes: class names may have other characters."""
        tags = super().get_loggable_tags(*args, **kwargs)
        return {re.sub(r'[^\w\-. /]', '_', name): value for name, value in tags.items()}

    def add_samples(self, runner: Any, pages: Iterator[Sample], names: Names) -> None:
        """Add a picture of each page."""
        for page in pages:
            file = f'samples/{self.get_iter(runner)}/{PurePath(page.name).stem}.png'
            self.mlflow.log_image(np.ascontiguousarray(picture(page, names)[..., ::-1]), file)
