"""The C++ program says of a traced network what Python says."""
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mmseg.export import describe_trace, save_traced, trace_segmentor

SOURCE = Path(__file__).parents[2] / 'trace_tools' / 'cpp'
PIPELINE = [dict(type='LoadImageFromFile'),
            dict(type='MultiScaleFlipAug', img_scale=(40, 30), flip=False, transforms=[
                dict(type='Resize', keep_ratio=True),
                dict(type='Normalize', mean=[1.5, 2.0, 3.0], std=[20.0, 30.0, 40.0], to_rgb=True),
                dict(type='Collect', keys=['img'])])]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(shutil.which, ('cmake', 'make', 'g++'))),
                       reason='needs cmake, make and g++'),
]


@pytest.fixture(scope='module')
def program(tmp_path_factory):
    """Return the built program."""
    build = tmp_path_factory.mktemp('build')
    for command in (['cmake', '-S', SOURCE, '-B', build, f'-DTORCH_DIR={torch.__path__[0]}'],
                    ['cmake', '--build', build]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return build / 'page_layout'


def answer(*command):
    """Return the exit code and the printed lines of the program."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.returncode, (done.stdout or done.stderr).splitlines()


def test_tensor(program, make_model, page, tmp_path):
    model = make_model(deformable=True)
    save_traced(trace_segmentor(model, page), tmp_path / 'model.pt', describe_trace(model))
    pages = torch.rand(1, 3, 21, 34) * 5
    pages.numpy().astype('<f4').tofile(tmp_path / 'page.raw')
    with torch.no_grad():
        seg, cls = model.page_scores(pages)
    code, lines = answer(program, tmp_path / 'model.pt', '--tensor', tmp_path / 'page.raw',
                         '--shape', '1,3,21,34')
    assert code == 0, lines
    first = lines[0].rsplit(' ', 1)
    assert first[0] == 'page type: ' + ('warm', 'cold')[int(cls.argmax())]
    assert float(first[1]) == pytest.approx(cls.max().item(), abs=1e-5)
    counts = seg.argmax(1).flatten().bincount(minlength=3).tolist()
    assert lines[1:] == [f'{name}: {count}'
                         for name, count in zip(('red', 'green', 'blue'), counts)]


def test_single_channel(program, make_model, page, tmp_path):
    model = make_model(cls_head=False, head='SingleChannelHead')
    save_traced(trace_segmentor(model, page), tmp_path / 'model.pt', describe_trace(model))
    page.numpy().tofile(tmp_path / 'page.raw')
    # Above the threshold of 0.5: the red half, and beyond it where the blur of red ends.
    foreground = int((model.page_scores(page).seg > 0.5).sum())
    code, lines = answer(program, tmp_path / 'model.pt', '--tensor', tmp_path / 'page.raw',
                         '--shape', '1,3,12,16')
    assert code == 0, lines
    assert lines == [f'red: {192 - foreground}', f'green: {foreground}']


def test_image(program, make_model, page, tmp_path):
    model = make_model()
    save_traced(trace_segmentor(model, page), tmp_path / 'model.pt',
                describe_trace(model, PIPELINE))
    image = np.random.default_rng(0).integers(0, 255, (60, 100, 3), np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 4)
    cv2.imwrite(str(tmp_path / 'page.png'), image)
    code, lines = answer(program, tmp_path / 'model.pt', '--image', tmp_path / 'page.png')
    if 'built without OpenCV' in lines[0]:
        pytest.skip('the program was built without OpenCV')
    assert code == 0, lines
    small = cv2.resize(image, (40, 24))[..., ::-1]  # 100x60 within 40x30
    tensor = (small.astype(np.float32) - (1.5, 2, 3)) / (20, 30, 40)
    with torch.no_grad():
        seg, _ = model.page_scores(torch.tensor(tensor).permute(2, 0, 1)[None].float())
    counts = seg.argmax(1).flatten().bincount(minlength=3).tolist()
    assert [int(line.split()[-1]) for line in lines[1:]] == counts


def test_wrong_input_is_one_line_and_exit_code_1(program, make_model, page, tmp_path):
    model = make_model()
    save_traced(trace_segmentor(model, page), tmp_path / 'model.pt', describe_trace(model))
    page.numpy().tofile(tmp_path / 'page.raw')
    code, lines = answer(program, tmp_path / 'model.pt', '--tensor', tmp_path / 'page.raw',
                         '--shape', '1,3,12,17')
    assert code == 1
    assert lines == [f'error: {tmp_path}/page.raw has 2304 bytes, its shape needs 2448']
    code, lines = answer(program, tmp_path / 'gone.pt', '--tensor', 'x', '--shape', '1,3,2,2')
    assert code == 1 and lines[0].startswith('error: ')
    assert answer(program)[0] == 2
    code, lines = answer(program, tmp_path / 'model.pt', '--img', 'page.png')
    assert code == 2 and lines[0].startswith('usage: ')
