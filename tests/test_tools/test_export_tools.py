"""From a checkpoint to ONNX and TorchScript, and the test of what was written."""
import json
import re
import sys

import cv2
import numpy as np
import pytest
import torch

from mmseg.apis import CheckpointPredictor
from mmseg.export import ExportedPredictor, ExportMetadata
from mmseg.models import build_segmentor
from mmseg.utils.config import load_config


@pytest.fixture
def checkpoint(config_file, tmp_path):
    """Weights that give every page its own answer."""
    torch.manual_seed(0)
    model = build_segmentor(load_config(str(config_file)).model)
    torch.nn.init.normal_(model.decode_head.conv_seg.weight, std=1)
    torch.nn.init.normal_(model.cls_head.fc.weight)
    torch.save(dict(state_dict=model.state_dict(), meta={}), tmp_path / 'model.pth')
    return tmp_path / 'model.pth'


@pytest.fixture
def image(pages):
    return sorted((pages / 'JPEGImages').iterdir())[0]


def info(path):
    return ExportMetadata.from_json(
        {key: value for key, value in json.loads(path.read_text()).items() if key != 'file'}, '')


def test_onnx_of_any_size_says_the_same_as_the_checkpoint(command_line, config_file, checkpoint,
                                                          tmp_path, image):
    said = command_line('tools/pytorch2onnx.py', config_file, '--checkpoint', checkpoint,
                        '--output-file', tmp_path / 'model.onnx', '--dynamic-export', '--verify',
                        '--input-img', image, '--normalize', '--fuse-conv-bn')
    assert said.code == 0, said.err
    assert 'takes pages (N, 3, H, W) of any size, uint8 in BGR; gives seg_scores and' in said.out
    assert said.out.count('largest difference') == 2
    reports = []
    for tool, model in (('test', checkpoint), ('deploy_test', tmp_path / 'model.onnx')):
        work = tmp_path / tool
        said = command_line(f'tools/{tool}.py', config_file, model, '--eval', 'mIoU',
                            '--work-dir', work)
        assert said.code == 0, said.err
        report = json.loads(next(work.glob('eval_*.json')).read_text())
        assert report.pop('checkpoint') == str(model)
        reports.append(report)
    assert reports[0]['summary'] == pytest.approx(reports[1]['summary'], abs=1e-3)
    assert reports[0]['pages'] == reports[1]['pages'] == 3


def test_onnx_in_8_bit_integers(command_line, config_file, checkpoint, tmp_path, pages):
    folder = pages / 'JPEGImages'
    said = command_line('tools/pytorch2onnx.py', config_file, '--checkpoint', checkpoint,
                        '--output-file', tmp_path / 'model.onnx', '--dynamic-export', '--int8',
                        '--pages', folder, '--normalize')
    assert said.code == 0, said.err
    assert re.search(r'8-bit integers \(.*7 pages for calibration\): on 2 other pages [0-9.]+% of '
                     r'the pixels have the class of float32, mean IoU with it [0-9.]+%', said.out)
    image = cv2.imread(str(sorted(folder.iterdir())[0]))
    exact = CheckpointPredictor(str(config_file), checkpoint, 'cpu').predict([image])[0].seg
    found = ExportedPredictor(tmp_path / 'model.onnx').predict([image])[0].seg
    assert found.shape == exact.shape and 0 < np.abs(found - exact).max() < .2
    for wrong, message in ((['--int8'], '--int8 and --pages need each other'),
                           (['--int8', '--pages', folder, '--verify'], '--verify is for float32'),
                           (['--int8', '--pages', sorted(folder.iterdir())[0]],
                            'two pages are needed')):
        said = command_line('tools/pytorch2onnx.py', config_file, '--shape', 64, *wrong)
        assert said.code in (1, 2) and message in said.err


def test_onnx_of_fixed_size(command_line, config_file, checkpoint, tmp_path):
    said = command_line('tools/pytorch2onnx.py', config_file, '--checkpoint', checkpoint,
                        '--output-file', tmp_path / 'model.onnx', '--shape', 64, 96,
                        '--rescale_shape', 32, '--output', 'pred', '--opset-version', 16)
    assert said.code == 0, said.err
    found = info(tmp_path / 'model.json')
    assert (found.page_size, found.pages, found.graph.size) == ((64, 96), 1, (32, 32))
    import onnx
    model = onnx.load(str(tmp_path / 'model.onnx'))
    assert model.opset_import[0].version == 16
    sizes = [[side.dim_value for side in value.type.tensor_type.shape.dim]
             for value in (*model.graph.input, *model.graph.output)]
    assert sizes == [[1, 3, 64, 96], [1, 32, 32], [1, 2]]


def test_torchscript(command_line, config_file, checkpoint, tmp_path, image):
    said = command_line('tools/pytorch2torchscript.py', config_file, '--checkpoint', checkpoint,
                        '--output-file', tmp_path / 'model.pt', '--input-img', image, '--verify',
                        '--scales', 0.5, 1, '--layers', 'validline=1.0', '--shape', 96, 64)
    assert said.code == 0, said.err
    assert 'pixels with another label: 0 of 6144' in said.out  # 96 x 64
    assert info(tmp_path / 'model.json').graph.layers == {'validline': (1.0,)}
    said = command_line('tools/deploy_test.py', config_file, tmp_path / 'model.pt', '--backend',
                        'torchscript', '--show-dir', tmp_path / 'painted', '--out',
                        tmp_path / 'out.pkl')
    assert said.code == 0, said.err
    assert len(list((tmp_path / 'painted').iterdir())) == 3


@pytest.mark.parametrize('arguments, message', [
    (['pytorch2onnx.py', '--layers', 'validlin=1.0'], "did you mean 'validline'"),
    (['pytorch2onnx.py', '--shape', 1, 2, 3], '--shape takes a height and a width'),
    (['pytorch2onnx.py', '--output', 'logits', '--flip'], 'logits of several views'),
    (['pytorch2torchscript.py', '--input-img', 'gone.jpg'], 'gone.jpg not found'),
    (['onnx2tensorrt.py', 'gone.onnx'], 'gone.onnx not found'),
    (['deploy_test.py', 'gone.onnx', '--eval', 'mIoU'], 'gone.onnx not found'),
    (['deploy_test.py', '{checkpoint}', '--eval', 'mIoU'], 'is not a file of a traced network'),
])
def test_mistakes_are_one_sentence(command_line, config_file, checkpoint, arguments, message,
                                   tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tool, *rest = (str(part).format(checkpoint=checkpoint) for part in arguments)
    said = command_line(f'tools/{tool}', config_file, *rest)
    assert said.code == 1
    line, = [line for line in said.err.splitlines() if line.startswith('error: ')]
    assert message in line
    assert not list(tmp_path.glob('tmp.*'))


def test_without_tensorrt_it_is_said(command_line, config_file, checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = command_line('tools/pytorch2onnx.py', config_file, '--shape', 64)
    assert said.code == 0, said.err
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    said = command_line('tools/onnx2tensorrt.py', config_file, 'tmp.onnx')
    assert said.code == 1 and 'TensorRT is not installed here' in said.err
    (tmp_path / 'tmp.trt').write_bytes(b'engine')
    said = command_line('tools/deploy_test.py', config_file, 'tmp.trt', '--eval', 'mIoU')
    assert said.code == 1 and 'TensorRT is not installed here' in said.err


def test_a_page_of_another_folder_is_not_a_page(command_line, config_file, tmp_path):
    cv2.imwrite(str(tmp_path / 'page.png'), np.zeros((4, 4, 3), np.uint8))
    (tmp_path / 'page.png').write_bytes((tmp_path / 'page.png').read_bytes()[:20])
    said = command_line('tools/pytorch2onnx.py', config_file, '--input-img', tmp_path / 'page.png',
                        '--output-file', tmp_path / 'x.onnx')
    assert said.code == 1 and 'cannot be read as a picture' in said.err
