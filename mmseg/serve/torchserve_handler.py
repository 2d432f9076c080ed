"""What TorchServe calls: pictures in, label maps out as PNGs."""
import base64
import os
from typing import Any

import cv2
import torch
from ts.torch_handler.base_handler import BaseHandler

from mmseg.apis import inference_segmentor, init_segmentor
from mmseg.utils.page_images import read_image


class MMsegHandler(BaseHandler):
    """One network of one archive, on one device."""

    def initialize(self, context: Any) -> None:
        """Load config and checkpoint from the unpacked archive."""
        place = context.system_properties
        gpu = place.get('gpu_id')
        device = f'cuda:{gpu}' if gpu is not None and torch.cuda.is_available() else 'cpu'
        self.manifest = context.manifest
        names = self.manifest['model']
        folder = place.get('model_dir')
        self.model = init_segmentor(os.path.join(folder, names['modelFile']),
                                    os.path.join(folder, names['serializedFile']), device)
        self.initialized = True

    def preprocess(self, data: list) -> list:
        """The pictures (H, W, 3), BGR, of the requests: bytes, or text in base 64."""
        contents = [request.get('data') or request.get('body') for request in data]
        return [read_image(base64.b64decode(content) if isinstance(content, str) else
                           bytes(content)) for content in contents]

    def inference(self, data: list, *args: Any, **kwargs: Any) -> list:
        """A result for each picture."""
        return inference_segmentor(self.model, data)

    def postprocess(self, data: list) -> list:
        """Label maps as PNGs of one channel."""
        maps = [result['seg_map'] if isinstance(result, dict) else result for result in data]
        return [cv2.imencode('.png', seg_map.astype('uint8'))[1].tobytes() for seg_map in maps]
