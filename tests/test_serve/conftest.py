import threading
import time
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from mmseg.inference import PageArrays, Predictor
from mmseg.serve.app import ServiceOptions, create_app
from mmseg.serve.server import server

# for good pages on a busy machine
PATIENT = ServiceOptions(reading_seconds=120.)


class DarkIsText(Predictor):
    """Answers without a network: dark pixels are text, wide pages are slides."""

    classes = ('background', 'text')
    palette = ((0, 0, 0), (0, 128, 0))
    page_classes = ('document', 'slide')

    def __init__(self):
        self.batches = []
        self.gate = threading.Event()
        self.gate.set()

    def predict(self, images):
        self.batches.append(len(images))
        assert self.gate.wait(30)
        if any(image.shape[:2] == (13, 13) for image in images):
            raise RuntimeError('13 x 13')
        return [self.scores(image) for image in images]

    @staticmethod
    def scores(image):
        dark = (image.max(axis=2) < 128).astype(np.float32)
        slide = float(image.shape[1] > image.shape[0])
        return PageArrays(np.stack([1 - dark, dark]), np.array([1 - slide, slide], np.float32))


@pytest.fixture
def predictor():
    return DarkIsText()


@pytest.fixture
def address(predictor):
    """Of a service that listens on the loopback."""
    with listening(predictor) as address:
        yield address


@contextmanager
def listening(predictor, options=None, app=None):
    """The address of a service, or of an application, that listens on the loopback."""
    served = server(app or create_app(predictor, options or PATIENT), port=0)
    thread = threading.Thread(target=served.run)
    thread.start()
    wait_for(lambda: served.started)
    try:
        yield f'http://127.0.0.1:{served.servers[0].sockets[0].getsockname()[1]}'
    finally:
        served.should_exit = True
        thread.join()


def png(height=120, width=90):
    """A white page with one black block, from (10, 20) to (40, 80) in (x, y)."""
    page = np.full((height, width, 3), 255, np.uint8)
    page[20:80, 10:40] = 0
    return cv2.imencode('.png', page)[1].tobytes()


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, 'it did not happen'
        time.sleep(0.01)
