"""Scores, pages under their labels and checkpoints in Weights & Biases."""
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.runner import HOOKS, CheckpointHook, WandbLoggerHook
from mmcv.runner.dist_utils import master_only
from mmcv.utils import scandir

from mmseg.utils.errors import InputError

from .samples import IGNORED, Names, Sample, SampleImagesMixin, caption_of_type, is_evaluation


@HOOKS.register_module()
class MMSegWandbHook(SampleImagesMixin, WandbLoggerHook):
    """Logs to Weights & Biases: numbers, pages of the evaluation, and checkpoints where wanted.

    Pages come with label and prediction as masks that the site switches on and off; the page type
    is written below.

    Args:
        init_kwargs: For ``wandb.init``, such as ``dict(project='layout')``.
        interval: Iterations between two lines of numbers.
        log_checkpoint: Upload each checkpoint that the training writes.
        log_checkpoint_metadata: Give it the scores of the last evaluation.
        num_eval_images: Pages after each evaluation, 0 for none.
        **kwargs: ``by_epoch``, ``commit`` and what else mmcv's WandbLoggerHook takes.

    Raises:
        InputError: wandb is not installed, or the training lacks what an argument asks for.
    """

    def __init__(self, init_kwargs: dict | None = None, interval: int = 50,
                 log_checkpoint: bool = False, log_checkpoint_metadata: bool = False,
                 num_eval_images: int = 100, **kwargs: Any) -> None:
        # A step that is committed takes nothing more: the scores of an evaluation, which come after
        # the losses of the same iteration, would be lost. wandb commits when the next step comes.
        kwargs.setdefault('commit', not kwargs.get('with_step', True))
        super().__init__(init_kwargs, interval, **kwargs)
        self.log_checkpoint = log_checkpoint
        self.log_checkpoint_metadata = log_checkpoint_metadata
        self.num_eval_images = num_eval_images
        self._scores: dict[str, float] = {}
        self._uploaded: str | None = None

    def import_wandb(self) -> None:
        """Return the module ``wandb``.

        Raises:
            InputError: wandb is not installed.
        """
        try:
            super().import_wandb()
        except ImportError as error:
            raise InputError("MMSegWandbHook needs wandb: install the extra 'logging' (pip install "
                             "'mmseg-layout[logging]')") from error

    @master_only
    def before_run(self, runner: Any) -> None:
        """Start a run of Weights & Biases.

        Raises:
            InputError: Checkpoints are to be logged, but none are written.
        """
        self.check(runner)
        if self.log_checkpoint_metadata and not self.log_checkpoint:
            raise InputError('log_checkpoint_metadata=True needs log_checkpoint=True')
        if self.log_checkpoint and not any(isinstance(hook, CheckpointHook)
                                           for hook in runner.hooks):
            raise InputError('log_checkpoint=True needs a checkpoint_config: this training writes '
                             'no checkpoints')
        self._uploaded = _last_checkpoint(runner)  # of a training that is resumed
        super().before_run(runner)

    def log(self, runner: Any) -> None:
        """Log numbers and pages, and keep the scores of an evaluation for the next checkpoint."""
        if is_evaluation(runner):
            self._scores = {name: float(value)
                            for name, value in runner.log_buffer.output.items()
                            if self.is_scalar(value) and name != 'eval_iter_num'}
        super().log(runner)

    def add_samples(self, runner: Any, pages: Iterator[Sample], names: Names) -> None:
        """Log the pages, without committing: the numbers of the same step come after them.

        Each has a name of its own, since wandb shows those of one name in one size.
        """
        images = {f'val/samples/{page.name}': self._image(page, names) for page in pages}
        step = dict(step=self.get_iter(runner)) if self.with_step else {}
        self.wandb.log(images, commit=False, **step)

    def _image(self, page: Sample, names: Names) -> Any:
        labels = {**dict(enumerate(names.classes)), IGNORED: 'ignored'}
        seg = page.result['seg_map'] if isinstance(page.result, dict) else page.result
        masks = {'prediction': dict(mask_data=np.asarray(seg), class_labels=labels)}
        if page.truth is not None:
            masks['label'] = dict(mask_data=page.truth, class_labels=labels)
        caption = page.name + caption_of_type(page, names)
        if page.true_type is not None:
            caption += f' (label: {names.page_type(page.true_type)})'
        rgb = np.ascontiguousarray(page.image[..., ::-1])
        return self.wandb.Image(rgb, masks=masks, caption=caption)

    def after_train_iter(self, runner: Any) -> None:
        """Log, and upload a checkpoint that was just written."""
        super().after_train_iter(runner)
        self._upload(runner)

    def after_train_epoch(self, runner: Any) -> None:
        """As mmcv's hook, and the pages of an evaluation after this epoch."""
        super().after_train_epoch(runner)
        self._upload(runner)

    @master_only
    def _upload(self, runner: Any) -> None:
        if not self.log_checkpoint:
            return
        written = _last_checkpoint(runner)
        if written is None or written == self._uploaded:
            return
        self._uploaded = written
        metadata = dict(iter=self.get_iter(runner), **self._scores)
        artifact = self.wandb.Artifact(f'run_{self.wandb.run.id}_model', type='model',
                                       metadata=metadata if self.log_checkpoint_metadata else None)
        artifact.add_file(written)
        self.wandb.log_artifact(artifact, aliases=['latest', Path(written).stem])

    @master_only
    def after_run(self, runner: Any) -> None:
        """Upload the logs if wanted, and end the run of Weights & Biases."""
        if self.log_artifact:
            artifact = self.wandb.Artifact(name='artifacts', type='model')
            for file in scandir(runner.work_dir, self.out_suffix, True):
                artifact.add_file(str(Path(runner.work_dir, file)))
            self.wandb.log_artifact(artifact)
        self.wandb.finish()


def _last_checkpoint(runner: Any) -> str | None:
    """The file that mmcv's checkpoint hook wrote last."""
    return ((runner.meta or {}).get('hook_msgs') or {}).get('last_ckpt')
