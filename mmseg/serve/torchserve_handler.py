"""What TorchServe calls: pictures in; label maps out as PNGs, page types and boxes as JSON."""
import base64
import os
from typing import Any

import cv2
import torch
from ts.torch_handler.base_handler import BaseHandler

from mmseg.apis import inference_segmentor, init_segmentor
from mmseg.utils.page_images import read_image

_BOX_SCORE = 0.5


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
        """Label maps as PNGs of one channel; plain values of page types and boxes."""
        return list(map(self._answer, data))

    def _answer(self, result: Any) -> bytes | dict[str, Any] | list[dict[str, Any]]:
        """What is sent for a result, with the keys that MMClassification's and MMDetection's have.

        Boxes have four corners in pixels of the page and a score of at least 0.5.
        """
        if isinstance(result, list):
            return [dict(class_name=name, bbox=box[:4].tolist(), score=float(box[4]))
                    for name, boxes in zip(self.model.CLASSES, result)
                    for box in boxes if box[4] >= _BOX_SCORE]
        if self.model.num_classes == 0:
            best = int(result.argmax())
            return dict(pred_label=best, pred_score=float(result[best]),
                        pred_class=self.model.CLASSES[best])
        seg_map = result['seg_map'] if isinstance(result, dict) else result
        return cv2.imencode('.png', seg_map.astype('uint8'))[1].tobytes()
