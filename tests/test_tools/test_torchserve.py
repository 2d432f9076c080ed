"""Packing for TorchServe, and its handler as TorchServe calls it, behind a server of our own."""
import base64
import json
import runpy
import sys
import threading
import types
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmcv import Config

from mmseg.apis import inference_segmentor, init_segmentor
from mmseg.models import build_segmentor

TOOLS = Path(__file__).parents[2] / 'tools/torchserve'
CONFIG = """
norm_cfg = dict(type='BN')
model = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNetV1c', depth=18, base_channels=4, stem_channels=4, norm_cfg=norm_cfg),
    decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=4, num_convs=1,
                     num_classes=5, norm_cfg=norm_cfg, align_corners=False),
    cls_head=dict(type='ClsHead', num_classes=2), test_cfg=dict(mode='whole'))
data = dict(test=dict(type='LayoutDataset', pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(64, 64), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'),
        dict(type='Normalize', mean=[120., 120., 120.], std=[60., 60., 60.], to_rgb=True),
        dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]))
"""
PAGE = cv2.imencode('.png', np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8))[1]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'config.py').write_text(CONFIG)
    torch.manual_seed(0)
    model = build_segmentor(Config.fromfile(tmp_path / 'config.py').model)
    torch.save(dict(state_dict=model.state_dict(), meta={}), tmp_path / 'net.pth')
    (tmp_path / 'page.png').write_bytes(PAGE.tobytes())
    return tmp_path


@pytest.fixture
def handler_class(monkeypatch):
    """The handler, with an empty replacement of TorchServe's base class."""
    base = types.ModuleType('ts.torch_handler.base_handler')
    base.BaseHandler = object
    for name in ('ts', 'ts.torch_handler'):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, 'ts.torch_handler.base_handler', base)
    monkeypatch.delitem(sys.modules, 'mmseg.serve.torchserve_handler', raising=False)
    return runpy.run_path(str(TOOLS / 'mmseg_handler.py'))['MMsegHandler']


def run(script, *arguments):
    sys.argv = [script, *map(str, arguments)]
    runpy.run_path(str(TOOLS / script), run_name='__main__')


def pack(folder, *options):
    pytest.importorskip('model_archiver')
    run('mmseg2torchserve.py', folder / 'config.py', folder / 'net.pth',
        '--output-folder', folder / 'store', *options)


def serve(handler_class, folder):
    """A handler of the packed network, unpacked and opened as TorchServe does it."""
    with zipfile.ZipFile(folder / 'store/net.mar') as archive:
        archive.extractall(folder / 'unpacked')
        manifest = json.loads(archive.read('MAR-INF/MANIFEST.json'))
    handler = handler_class()
    handler.initialize(types.SimpleNamespace(
        manifest=manifest,
        system_properties=dict(model_dir=str(folder / 'unpacked'), gpu_id=None)))
    return handler


def answers(handler, requests):
    return handler.postprocess(handler.inference(handler.preprocess(requests)))


def test_the_packed_network_answers_with_a_label_map(folder, handler_class, monkeypatch):
    monkeypatch.setattr(sys, 'argv', [])
    pack(folder)
    handler = serve(handler_class, folder)
    raw, text = answers(handler, [dict(data=bytearray(PAGE.tobytes())),
                                  dict(body=base64.b64encode(PAGE.tobytes()).decode())])
    assert raw == text
    seg_map = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    model = init_segmentor(str(folder / 'config.py'), str(folder / 'net.pth'), 'cpu')
    expected = inference_segmentor(model, cv2.imdecode(PAGE, cv2.IMREAD_COLOR))[0]['seg_map']
    assert np.array_equal(seg_map, expected)


@pytest.mark.parametrize('classes, result, answer', [
    (('document', 'slide'), np.array([.25, .75], np.float32),
     dict(pred_label=1, pred_score=.75, pred_class='slide')),
    (('figure', 'text'), [np.array([[1, 2, 30, 40, .75], [0, 0, 9, 9, .25]]), np.zeros((0, 5))],
     [dict(class_name='figure', bbox=[1., 2., 30., 40.], score=.75)])])
def test_page_types_and_boxes_are_plain_values(handler_class, classes, result, answer):
    handler = handler_class()
    handler.model = types.SimpleNamespace(num_classes=0, CLASSES=classes)
    found, = handler.postprocess([result])
    assert found == answer == json.loads(json.dumps(found))


def test_the_comparison_sees_whether_both_agree(folder, handler_class, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', [])
    pack(folder)
    handler = serve(handler_class, folder)
    spoil = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == '/predictions/net'
            content = self.rfile.read(int(self.headers['Content-Length']))
            png, = answers(handler, [dict(data=content)])
            if spoil:
                png = cv2.imencode('.png', np.full((40, 30), 9, np.uint8))[1].tobytes()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(png)

        def log_message(self, *args):
            pass

    server = HTTPServer(('127.0.0.1', 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    arguments = ('test_torchserve.py', folder / 'page.png', folder / 'config.py',
                 folder / 'net.pth', 'net', '--device', 'cpu',
                 '--inference-addr', f'127.0.0.1:{server.server_port}')
    run(*arguments)
    assert 'TorchServe and the network agree' in capsys.readouterr().out
    spoil.append(True)
    with pytest.raises(SystemExit, match='1'):
        run(*arguments)
    assert 'DIFFER in 100.00% of the pixels' in capsys.readouterr().out
    server.shutdown()
    with pytest.raises(SystemExit, match='1'):
        run(*arguments[:-1], '127.0.0.1:9')
    assert 'error: TorchServe does not answer at 127.0.0.1:9 for net' in capsys.readouterr().err


def test_what_is_there_is_kept_without_force(folder, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', [])
    pack(folder)
    with pytest.raises(SystemExit, match='1'):
        pack(folder)
    assert 'exists; --force writes over it' in capsys.readouterr().err
    pack(folder, '--force')
    assert sorted(path.name for path in (folder / 'store').iterdir()) == ['net.mar']
