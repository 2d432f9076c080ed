"""Prediction of single pictures: load a network, predict, show."""
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
from mmcv.cnn.utils import revert_sync_batchnorm
from mmcv.runner import CheckpointLoader

from ..datasets.builder import DATASETS
from ..datasets.files import read_lines
from ..datasets.prepare import LoadImage, prepare_image  # noqa: F401  a name of 0.x
from ..inference import PageArrays
from ..models import OutputNames, build_segmentor
from ..utils.checkpoint import load_weights, names_in
from ..utils.config import load_config, require
from ..utils.errors import InputError
from ..utils.logger import get_root_logger
from ..utils.named_weights import find_weights
from ..utils.precision import autocast_dtype
from ..utils.util_distribution import chosen_device


def init_segmentor(config: str | Path | mmcv.Config, checkpoint: str | Path | None = None,
                   device: str | torch.device = 'cuda:0',
                   names: OutputNames | None = None) -> torch.nn.Module:
    """Return a network ready for prediction, in the precision of the config.

    Args:
        config: A file, a loaded config, or the name of a network in the package
            (:func:`mmseg.weights.names`).
        checkpoint: A file, an address or such a name; with None a
            name in ``config`` gives its own weights, and a config keeps the initial ones.
        device: Where it runs; without a GPU ``'cuda…'`` becomes ``'cpu'``.
        names: What its outputs are called where the checkpoint does not say; by default as the
            config's test data has it. Names are not guessed from their number.

    Raises:
        InputError: A config or checkpoint is not there or does not fit the other.
    """
    if isinstance(config, (str, Path)):
        if checkpoint is None and find_weights(str(config)) is not None:
            checkpoint = config
        config = load_config(str(config))
    elif not isinstance(config, mmcv.Config):
        raise TypeError(f'config must be a path or a Config, got {type(config).__name__}')
    require(config, 'model')
    if torch.device(device).type == 'cuda' and not torch.cuda.is_available():
        device = 'cpu'
    device = chosen_device(device)
    model_cfg = mmcv.ConfigDict(config.model, pretrained=None, train_cfg=None)
    loaded = None if checkpoint is None else CheckpointLoader.load_checkpoint(
        str(checkpoint), map_location='cpu')
    given, default = names_of_config(config)
    given = OutputNames.of(names_in(loaded, str(checkpoint))).or_else(given)
    model = revert_sync_batchnorm(build_segmentor(
        model_cfg, None, config.get('test_cfg'), given, names or default))
    if loaded is not None:
        load_weights(model, loaded, str(checkpoint), logger=get_root_logger())
    model.cfg = config
    if config.get('channels_last', False):
        model.to(memory_format=torch.channels_last)
    model.autocast_dtype = autocast_dtype(config, device)
    return model.to(device).eval()


def names_of_config(config: mmcv.Config) -> tuple[OutputNames, OutputNames]:
    """Return what the test data of a config call the outputs, and what their class does."""
    test = _innermost(config.get('data', {}).get('test', {}))
    kind, classes = test.get('type'), test.get('classes')
    if isinstance(classes, str):  # a file with a name in each line
        classes = read_lines(classes) if os.path.isfile(classes) else None
    return (OutputNames(classes, test.get('palette'), test.get('page_classes')),
            OutputNames.of(DATASETS.get(kind) if isinstance(kind, str) else kind))


def _innermost(part: Any) -> Any:
    """The first data set within wrappers and lists."""
    while True:
        if isinstance(part, (list, tuple)):
            part = part[0] if part else {}
        elif part.get('dataset') or part.get('datasets'):
            part = part.get('dataset') or part.get('datasets')
        else:
            return part


def inference_segmentor(model: torch.nn.Module, imgs: Any, scores: bool = False) -> list:
    """Return a result for each picture.

    Args:
        model: From :func:`init_segmentor`.
        imgs: A path, an image (H, W, 3) in BGR, or a list of these.
        scores: Return :class:`~mmseg.inference.PageArrays` for each picture, ``seg`` (K, H, W),
            ``cls`` (C,) or None and ``lines`` (H, W) or None, rather than only labels.

    Returns:
        For each picture a label map (H, W), or with further heads a dict of ``seg_map``,
        ``cls_label``, ``cls_scores`` and ``lines``; of a classifier the scores (C,) of the page
        types; with ``scores`` the scores themselves.
    """
    results = []
    device = next(model.parameters()).device
    # One by one: the pictures of a list may have any size.
    for page in imgs if isinstance(imgs, (list, tuple)) else [imgs]:
        data = prepare_image(model.cfg, page, device)
        with torch.no_grad():
            if scores:
                results += PageArrays.of_batch(
                    model.test_scores(data['img'], data['img_metas']))
            else:
                results += model(return_loss=False, rescale=True, **data)
    return results


def inference_detector(model: torch.nn.Module, imgs: Any) -> list:
    """Return the boxes of a page, or a list of them for a list of pages, as MMDetection does.

    Args:
        model: A detector, from :func:`init_segmentor`.
        imgs: A path, an image (H, W, 3) in BGR, or a list of these.

    Returns:
        For each class an array (n, 5): corners in pixels of the page, and a score in [0, 1].
    """
    results = inference_segmentor(model, imgs)
    return results if isinstance(imgs, (list, tuple)) else results[0]


def show_result_pyplot(model: torch.nn.Module, img: str | np.ndarray, result: list,
                       palette: Sequence | None = None, fig_size: tuple[float, float] = (15, 10),
                       opacity: float = 0.5, title: str = '', block: bool = True,
                       out_file: str | None = None) -> None:
    """Show a result in a matplotlib window, or write it to ``out_file``.

    Args:
        model: From :func:`init_segmentor`.
        img: The picture, a path or a BGR array ``(H, W, 3)``.
        result: What :func:`inference_segmentor` returned for it.
        palette: RGB of each class; by default that of the model.
        fig_size: Of the window, in inches.
        opacity: Of the colours, in (0, 1].
        title: Of the window.
        block: Wait until the window is closed.
        out_file: Write there instead of opening a window.

    Raises:
        InputError: matplotlib is needed for a window and not installed.
    """
    model = getattr(model, 'module', model)
    if out_file is not None:
        model.show_result(img, result, palette=palette, out_file=out_file, opacity=opacity)
        return
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise InputError("windows need matplotlib: install the extra 'optional' (pip install "
                         "'mmseg-layout[optional]'), or give out_file") from error
    picture = model.show_result(img, result, palette=palette, opacity=opacity)
    plt.figure(figsize=fig_size)
    plt.imshow(mmcv.bgr2rgb(picture))
    plt.title(title)
    plt.tight_layout()
    plt.show(block=block)
