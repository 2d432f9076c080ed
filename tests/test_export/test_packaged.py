import json
import struct

import cv2
import mmcv
import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from mmseg.export import ExportedPredictor
from mmseg.export.onnx import onnx_session
from mmseg.export.packaged import refer_to_weights, write_packaged
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError
from mmseg.utils.named_weights import write_safetensors

CONFIG = mmcv.Config(dict(data=dict(test=dict(type='CustomDataset', pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(64, 64), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'),
        dict(type='Normalize', mean=[0., 0., 0.], std=[255., 255., 255.], to_rgb=True),
        dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]))))


@pytest.fixture
def network():
    """A segmentor with convolutions, norms and a config; weights are of float16."""
    torch.manual_seed(0)
    model = build_segmentor(dict(
        type='EncoderDecoder', backbone=dict(type='ResNetV1c', depth=18, base_channels=4,
                                             stem_channels=4),
        decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=4, num_convs=1,
                         num_classes=3), test_cfg=dict(mode='whole'))).eval()
    model.load_state_dict({name: value.half().float() if value.ndim > 1 else value
                           for name, value in model.state_dict().items()})
    model.cfg = CONFIG
    return model


def test_the_float32_file_takes_its_weights_from_the_safetensors(network, tmp_path):
    pages = []
    for index in range(4):
        noise = np.random.default_rng(index).integers(0, 256, (40, 50, 3), np.uint8)
        pages.append(str(tmp_path / f'{index}.png'))
        cv2.imwrite(pages[-1], noise)
    weights = tmp_path / 'net.safetensors'
    write_safetensors(dict(state_dict=network.state_dict(), meta={}), weights)
    entries, quantized = write_packaged(network, weights, pages)
    assert {kind: entry['file'] for kind, entry in entries.items()} == {
        'onnxruntime': 'net.onnx', 'int8': 'net-int8.onnx'}
    assert (quantized.calibrated, quantized.tested) == (3, 1)
    graph = onnx.load(tmp_path / 'net.onnx', load_external_data=False).graph
    inside = {part.name for part in graph.initializer if part.data_location == part.DEFAULT}
    assert not any(name.startswith('model.') for name in inside)
    with torch.no_grad():
        wanted = network.encode_decode(torch.zeros(1, 3, 40, 50), None)
    for kind, digits in (('onnxruntime', 1e-5), ('int8', .1)):
        session = onnx_session(str(tmp_path / entries[kind]['file']))
        found, = session.run(None, {'input': np.zeros((1, 3, 40, 50), np.uint8)})
        assert found == pytest.approx(wanted.numpy(), abs=digits)
        assert ExportedPredictor(tmp_path / entries[kind]['file']).classes == ('0', '1', '2')
    # another value at the place of the first weight: it counts
    content = bytearray(weights.read_bytes())
    length, = struct.unpack('<Q', content[:8])
    header = json.loads(content[8:8 + length])
    place = 8 + length + header['decode_head.conv_seg.bias']['data_offsets'][0]
    content[place:place + 4] = struct.pack('<f', 77.)
    weights.write_bytes(content)
    found, = onnx_session(str(tmp_path / 'net.onnx')).run(
        None, {'input': np.zeros((1, 3, 40, 50), np.uint8)})
    assert found[0, 0].mean() > 70


def test_other_weights_than_those_of_the_network_are_refused(network, tmp_path):
    weights = tmp_path / 'net.safetensors'
    write_safetensors(dict(state_dict={'first': torch.zeros(3)}, meta={}), weights)
    graph = onnx.GraphProto(initializer=[numpy_helper.from_array(np.ones(3, np.float32),
                                                                 'model.first')])
    with pytest.raises(InputError, match='net.safetensors has another model.first than the net'):
        refer_to_weights(graph, weights)
    graph.initializer[0].name = 'model.second'
    with pytest.raises(InputError, match='has no float16 or float32 model.second'):
        refer_to_weights(graph, weights)
