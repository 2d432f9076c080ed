"""Videos and a camera, painted by a network that takes every frame for a slide full of table."""
import cv2
import numpy as np
import pytest
import torch

from mmseg.apis import init_segmentor
from mmseg.core.evaluation import layout_classes, layout_palette

VIDEO, WEBCAM = 'demo/video_demo.py', 'demo/webcam_demo.py'
OLIVE = np.array([0, 128, 128])  # of a table, BGR


@pytest.fixture
def network(config_file, tmp_path):
    model = init_segmentor(config_file, device='cpu')
    for layer, label in ((model.decode_head.conv_seg, 3), (model.cls_head.fc, 1)):
        torch.nn.init.zeros_(layer.weight)
        layer.bias.data = torch.nn.functional.one_hot(
            torch.tensor(label), len(layer.bias)).float() * 9
    meta = dict(CLASSES=layout_classes(), PALETTE=layout_palette(),
                PAGE_CLASSES=('document', 'slide'))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'model.pth')
    return config_file, tmp_path / 'model.pth'


@pytest.fixture
def video(tmp_path):
    """Three light frames of 64 by 96 pixels, eight a second."""
    file = tmp_path / 'pages.avi'
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*'MJPG'), 8, (96, 64))
    for _ in range(3):
        writer.write(np.full((64, 96, 3), 240, np.uint8))
    writer.release()
    return file


def frames(file):
    capture = cv2.VideoCapture(str(file))
    found = []
    while (read := capture.read())[0]:
        found.append(read[1])
    return found, capture.get(cv2.CAP_PROP_FPS)


@pytest.mark.parametrize('name, codec', [('out.avi', 'MJPG'), ('out.mp4', 'mp4v')])
def test_a_video_is_painted_frame_by_frame(command_line, network, video, tmp_path, name, codec):
    out = tmp_path / 'painted' / name
    said = command_line(VIDEO, video, *network, '--output-file', out, '--output-fourcc', codec,
                        '--opacity', 1)
    assert said.code == 0 and f'3 frames in {out}' in said.out
    found, rate = frames(out)
    assert len(found) == 3 and rate == 8 and found[0].shape[1] == 96
    assert np.abs(found[2][:64].mean(axis=(0, 1)) - OLIVE).max() < 12
    assert found[0].shape[0] > 64 and found[0][64:].mean() > 150  # a legend on white below
    assert [path.name for path in out.parent.iterdir()] == [name]


def test_another_size_and_rate(command_line, network, video, tmp_path):
    out = tmp_path / 'out.avi'
    assert command_line(VIDEO, video, *network, '--output-file', out, '--output-fps', 4,
                        '--output-height', 128, '--output-width', 192).code == 0
    found, rate = frames(out)
    assert rate == 4 and found[0].shape[1] == 192
    # half olive, half paper
    assert np.abs(found[0][:128].mean(axis=(0, 1)) - (OLIVE + 240) / 2).max() < 12


class Camera:
    """Hands out light frames without end."""

    def __init__(self, number):
        self.number = number

    def isOpened(self):
        return self.number == 2

    def get(self, what):
        return 0.

    def read(self):
        return True, np.full((64, 96, 3), 240, np.uint8)

    def release(self):
        pass


@pytest.fixture
def screen(monkeypatch):
    """Windows that note what they show; a key is pressed at the second picture."""
    shown = []
    monkeypatch.setattr(cv2, 'VideoCapture', Camera)
    monkeypatch.setattr(cv2, 'namedWindow', lambda title: None)
    monkeypatch.setattr(cv2, 'destroyAllWindows', lambda: None)
    monkeypatch.setattr(cv2, 'imshow', lambda title, picture: shown.append(picture))
    monkeypatch.setattr(cv2, 'waitKey', lambda wait: ord('q') if len(shown) == 2 else -1)
    return shown


def test_a_camera_until_a_key(command_line, network, screen):
    said = command_line(WEBCAM, *network, '--camera-id', 2, '--opacity', 1)
    assert said.code == 0 and '2 frames' in said.out and len(screen) == 2
    assert screen[0][0, 0].tolist() == OLIVE.tolist()
    said = command_line(WEBCAM, *network)
    assert said.code == 1 and 'camera 0 cannot be opened' in said.err


def test_without_windows(command_line, network, video, monkeypatch):
    def refuse(title):
        raise cv2.error('The function is not implemented')

    monkeypatch.setattr(cv2, 'namedWindow', refuse)
    said = command_line(VIDEO, video, *network, '--show')
    assert said.code == 1 and 'install opencv-python in place of opencv-python-headless' in said.err


@pytest.mark.parametrize('options, message', [
    (['--output-file', 'out.avi', '--output-fourcc', 'MJ'], 'a codec has four letters'),
    (['--output-file', 'out.txt'], 'cannot be written with the codec'),
    (['--output-file', 'out.avi', '--opacity', 2], 'opacity must lie in (0, 1], got 2')])
def test_what_cannot_be_written(command_line, network, video, tmp_path, monkeypatch, options,
                                message):
    monkeypatch.chdir(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    said = command_line(VIDEO, video, *network, *options)
    assert said.code == 1 and message in said.err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_what_cannot_be_read(command_line, network, tmp_path):
    (tmp_path / 'text.avi').write_text('no video')
    for name, message in (('nowhere.avi', 'nowhere.avi not found'),
                          ('text.avi', 'text.avi cannot be read as a video')):
        said = command_line(VIDEO, tmp_path / name, *network, '--output-file', tmp_path / 'o.avi')
        assert said.code == 1 and message in said.err
    assert command_line(VIDEO, tmp_path / 'text.avi', *network).code == 2
