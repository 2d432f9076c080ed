"""Pictures of any origin as input of a network, prepared by a config's test pipeline."""
from __future__ import annotations

import reprlib
from pathlib import Path
from typing import Any

import mmcv
import torch
from mmcv.parallel import collate

from ..utils.config import require
from ..utils.errors import InputError
from ..utils.page_images import read_image
from ..utils.safe_files import in_words
from ..utils.util_distribution import to_device
from .pipelines import Compose


class LoadImage:
    """First step of a test pipeline for one picture: a path or an array."""

    def __call__(self, results: dict) -> dict:
        """Read ``results['img']``, a path or an image (H, W, 3) in BGR."""
        img = results['img']
        if isinstance(img, (str, Path)):
            results['filename'] = results['ori_filename'] = str(img)
            img = read_image(img)
        else:
            results['filename'] = results['ori_filename'] = None
        results.update(img=img, img_shape=img.shape, ori_shape=img.shape)
        return results


def prepare_image(config: mmcv.Config, imgs: Any,
                  device: str | torch.device = 'cpu') -> dict[str, list]:
    """Return ``img`` and ``img_metas`` of one or more pictures, prepared by the test pipeline.

    Args:
        config: Whose ``data.test.pipeline`` is used.
        imgs: A path, an image (H, W, 3) in BGR, or a list of these.
        device: Where the tensors go.

    Raises:
        InputError: No picture, or one that cannot be read.
    """
    require(config, 'data')
    test = config.data.get('test') if isinstance(config.data, dict) else None
    test = test[0] if isinstance(test, (list, tuple)) and test else test
    if not isinstance(test, dict) or not isinstance(test.get('pipeline'), (list, tuple)):
        raise InputError('the config says no data.test.pipeline, which prepares pictures')
    pipeline = Compose([LoadImage(), *test['pipeline'][1:]])
    pages = imgs if isinstance(imgs, (list, tuple)) else [imgs]
    if not pages:
        raise InputError('no picture was given')
    prepared = [pipeline(dict(img=page)) for page in pages]
    for page in prepared:
        if not isinstance(page, dict) or not {'img', 'img_metas'} <= page.keys():
            raise InputError("the test pipeline must end with Collect(keys=['img']), which gives "
                             f'img and img_metas; it gives {reprlib.repr(page)}')
    try:
        batch = collate(prepared, samples_per_gpu=len(pages))
    except (TypeError, RuntimeError) as error:
        raise InputError('what the test pipeline makes of pictures makes no batch: '
                         f'{in_words(error)}') from error
    batch = to_device(batch, torch.device(device))
    if isinstance(batch['img'], torch.Tensor):  # a pipeline without views gives one
        batch = {key: [value] for key, value in batch.items()}
    return batch
