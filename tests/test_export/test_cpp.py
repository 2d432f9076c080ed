"""The C++ program says of a traced network what Python says."""
import json
import shutil
import subprocess
from pathlib import Path

import cv2
import jsonschema
import mmcv
import numpy as np
import pytest
import torch
from shapely.geometry import Polygon

from mmseg.core.text_lines import find_boundaries
from mmseg.export import (
    ExportedPredictor,
    Graph,
    Normalization,
    describe_trace,
    save_traced,
    trace_segmentor,
    with_input,
)
from mmseg.models.builder import HEADS
from mmseg.models.line_heads import DBPostprocessor

SOURCE = Path(__file__).parents[2] / 'trace_tools' / 'cpp'
CONFIG = mmcv.Config(dict(data=dict(test=dict(pipeline=[dict(type='LoadImageFromFile'),
            dict(type='MultiScaleFlipAug', img_scale=(40, 30), flip=False, transforms=[
                dict(type='Resize', keep_ratio=True),
                dict(type='Normalize', mean=[1.5, 2.0, 3.0], std=[20.0, 30.0, 40.0], to_rgb=True),
                dict(type='Collect', keys=['img'])])]))))

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
        if 'OpenCVConfig.cmake' in done.stderr:
            pytest.skip('needs OpenCV for C++ (libopencv-dev)')
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
        seg, cls, _ = model.page_scores(pages)
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
                describe_trace(model, CONFIG))
    image = np.random.default_rng(0).integers(0, 255, (60, 100, 3), np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 4)
    cv2.imwrite(str(tmp_path / 'page.png'), image)
    code, lines = answer(program, tmp_path / 'model.pt', '--image', tmp_path / 'page.png')
    assert code == 0, lines
    small = cv2.resize(image, (40, 24))[..., ::-1]  # 100x60 within 40x30
    tensor = (small.astype(np.float32) - (1.5, 2, 3)) / (20, 30, 40)
    with torch.no_grad():
        seg = model.page_scores(torch.tensor(tensor).permute(2, 0, 1)[None].float()).seg
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


def raw_page():
    """A page (90, 120, 3) in BGR: red, with a blue frame, in it a green square of 30 pixels."""
    page = np.full((90, 120, 3), (10, 20, 230), np.uint8)
    page[15:75, 20:80] = (230, 20, 10)
    page[30:60, 30:60] = (20, 230, 10)
    return page


def regions_of(program, tmp_path, *files):
    """The only page of each file that the program writes for a folder."""
    done = subprocess.run([program, tmp_path / 'model.pt', '--folder', tmp_path / 'pages', '--out',
                           tmp_path / 'out'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (tmp_path / 'out').iterdir()) == sorted(files)
    schema = json.loads((SOURCE.parents[1] / 'docs/schemas/layout.schema.json').read_text())
    found = [json.loads((tmp_path / 'out' / file).read_text()) for file in files]
    for document in found:
        jsonschema.validate(document, schema)
    return [document['pages'][0] for document in found]


@pytest.fixture
def folder(tmp_path):
    """A folder with a page and a file that is not a page."""
    (tmp_path / 'pages').mkdir()
    cv2.imwrite(str(tmp_path / 'pages' / 'page.png'), raw_page())
    (tmp_path / 'pages' / 'notes.txt').write_text('no picture')
    return tmp_path / 'pages'


def identity(make_model, **backbone):
    """A model that sees each pixel as it is: classes red (the background), green and blue."""
    model = make_model(**backbone)
    model.backbone.forward = lambda img: [img]
    model.CLASSES = ('red', 'a "green" one', 'blau äöü')
    return model


def test_regions_of_a_folder_by_hand(program, make_model, folder, tmp_path):
    model = identity(make_model)
    graph = Graph(normalization=Normalization((100., ) * 3, (10., ) * 3))
    page = torch.zeros(1, 3, 12, 16, dtype=torch.uint8)
    pipeline = [dict(type='LoadImageFromFile'), dict(
        type='Normalize', mean=[100.] * 3, std=[10.] * 3, to_rgb=True)]
    config = mmcv.Config(dict(data=dict(test=dict(pipeline=pipeline))))
    save_traced(trace_segmentor(model, page, graph), tmp_path / 'model.pt',
                describe_trace(model, config, graph))
    found, = regions_of(program, tmp_path, 'page.png.json')
    assert (found['height'], found['width'], found['page_number']) == (90, 120, 1)
    assert found['page_type'] == 'warm' and sum(found['page_scores'].values()) == pytest.approx(1)
    frame, square = found['regions']  # from the top
    assert (frame['name'], frame['label'], frame['order']) == ('blau äöü', 2, 0)
    assert (square['name'], square['label'], square['order']) == ('a "green" one', 1, 1)
    assert frame['box'] == [20, 15, 80, 75] and frame['area'] == 60 * 60 - 30 * 30
    assert square['box'] == [30, 30, 60, 60] and square['area'] == 900
    assert sorted(frame['polygon']) == [[20, 15], [20, 75], [80, 15], [80, 75]]
    assert [sorted(hole) for hole in frame['holes']] == [[[30, 30], [30, 60], [60, 30], [60, 60]]]
    assert square['holes'] == [] and Polygon(square['polygon']).area == 900
    # Logits 13, -8, -9: the softmax is nearly 1.
    assert frame['confidence'] == pytest.approx(1, abs=1e-6)


@HEADS.register_module(force=True)
class GreenLines(torch.nn.Module):
    """Text lines are where the page is green, shrunk by next to nothing."""

    def __init__(self):
        super().__init__()
        self.postprocessor = DBPostprocessor(shrink_ratio=.999)

    def logits(self, inputs):
        return inputs[0][:, 1:2]


@pytest.mark.parametrize('cls_head', [True, False])
def test_lines_of_a_line_head(program, make_model, folder, tmp_path, cls_head):
    model = identity(make_model, cls_head=cls_head)
    model.line_head = GreenLines()
    graph = Graph(normalization=Normalization((100., ) * 3, (10., ) * 3))
    page = torch.zeros(1, 3, 12, 16, dtype=torch.uint8)
    pipeline = [dict(type='LoadImageFromFile'), dict(
        type='Normalize', mean=[100.] * 3, std=[10.] * 3, to_rgb=True)]
    config = mmcv.Config(dict(data=dict(test=dict(pipeline=pipeline))))
    save_traced(trace_segmentor(model, page, graph), tmp_path / 'model.pt',
                describe_trace(model, config, graph))
    found, = regions_of(program, tmp_path, 'page.png.json')
    assert (found['page_type'] is None) != cls_head
    frame, square = found['regions']
    assert frame['lines'] == [] and len(square['lines']) == 1
    line = square['lines'][0]
    assert sorted(line['polygon']) == [[30, 30], [30, 60], [60, 30], [60, 60]]
    assert line['baseline'] == [[30, 60], [60, 60]] and line['direction'] == 'ltr'
    arrays, = ExportedPredictor(tmp_path / 'model.pt').predict([raw_page()])
    python, = find_boundaries(arrays.lines, model.line_head.postprocessor.options)
    assert line['confidence'] == pytest.approx(python.score, abs=1e-5)
    assert np.abs(python.points.min(axis=0) - 30).max() < .2


def test_lines_include_the_letters_at_their_ends(program, make_model, folder, tmp_path):
    model = identity(make_model, cls_head=False)
    model.line_head = GreenLines()
    graph = Graph(normalization=Normalization((100., ) * 3, (10., ) * 3))
    pipeline = [dict(type='LoadImageFromFile'), dict(
        type='Normalize', mean=[100.] * 3, std=[10.] * 3, to_rgb=True)]
    config = mmcv.Config(dict(data=dict(test=dict(pipeline=pipeline))))
    page = torch.zeros(1, 3, 12, 16, dtype=torch.uint8)
    save_traced(trace_segmentor(model, page, graph), tmp_path / 'model.pt',
                describe_trace(model, config, graph))
    image = np.full((90, 320, 3), (200, 40, 230), np.uint8)
    image[40:60, 100:200] = (20, 230, 10)  # the line
    for left in range(60, 248, 12):  # letters of 8 pixels, the last one from 240 on
        inside = 100 <= left and left + 8 <= 200
        image[43:57, left:left + 8] = (0, 140, 0) if inside else (10, 10, 12)
    cv2.imwrite(str(folder / 'page.png'), image)
    found, = regions_of(program, tmp_path, 'page.png.json')
    boxes = [line['box'] for region in found['regions'] for line in region['lines']]
    assert len(boxes) == 1
    assert np.allclose(boxes[0], [60, 40, 248, 60], atol=1)


@pytest.mark.parametrize('output, fixed', [('scores', False), ('logits', False), ('scores', True)])
def test_regions_are_those_of_the_predictor(program, make_model, folder, tmp_path, output, fixed):
    model = make_model()
    image = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 255, (200, 160, 3), np.uint8), (0, 0), 6)
    cv2.imwrite(str(folder / 'page.png'), cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX))
    graph = Graph(output=output)
    info = describe_trace(model, CONFIG, graph)
    info = with_input(info, (24, 20), pages=1) if fixed else info
    page = torch.zeros(1, 3, 24, 20)
    save_traced(trace_segmentor(model, page, graph), tmp_path / 'model.pt', info)
    found, = regions_of(program, tmp_path, 'page.png.json')
    scores, = ExportedPredictor(tmp_path / 'model.pt').predict(
        [cv2.imread(str(folder / 'page.png'))])
    pred = scores.seg.argmax(axis=0)
    wanted = []
    for label in (1, 2):
        _, parts, stats, _ = cv2.connectedComponentsWithStats((pred == label).astype(np.uint8))
        for part in range(1, len(stats)):
            left, top, width, height, area = stats[part].tolist()
            if area >= 50 * (200 / 768) ** 2:
                wanted.append((label, [left, top, left + width, top + height], area,
                               scores.seg[label][parts == part].mean()))
    assert len(wanted) >= 3
    got = [(region['label'], region['box'], region['area']) for region in found['regions']]
    assert sorted(got) == sorted(region[:3] for region in wanted)
    assert sorted(region['confidence'] for region in found['regions']) == pytest.approx(
        sorted(region[3] for region in wanted), abs=1e-4)
    assert list(found['page_scores'].values()) == pytest.approx(scores.cls.tolist(), abs=1e-4)
    for region in found['regions']:  # the outline with its holes has the region's pixels
        holes = sum(Polygon(hole).area for hole in region['holes'])
        assert Polygon(region['polygon']).area - holes == region['area']


def test_a_folder_with_a_broken_picture(program, make_model, folder, tmp_path):
    model = make_model()
    save_traced(trace_segmentor(model, torch.zeros(1, 3, 12, 16)), tmp_path / 'model.pt',
                describe_trace(model, CONFIG))
    (folder / 'broken.png').write_bytes(b'no picture')
    done = subprocess.run([program, tmp_path / 'model.pt', '--folder', folder, '--out',
                           tmp_path / 'out'], capture_output=True, text=True)
    assert done.returncode == 1
    assert f'error: cannot read the picture {folder}/broken.png' in done.stderr
    assert [file.name for file in (tmp_path / 'out').iterdir()] == ['page.png.json']
    code, lines = answer(program, tmp_path / 'model.pt', '--folder', tmp_path / 'out', '--out', 'x')
    assert code == 1 and lines == [f'error: no pictures in {tmp_path}/out']


def test_the_json_next_to_the_file_is_read(program, make_model, page, tmp_path):
    model = make_model()
    save_traced(trace_segmentor(model, page), tmp_path / 'model.pt', describe_trace(model))
    page.numpy().tofile(tmp_path / 'page.raw')
    command = (program, tmp_path / 'model.pt', '--tensor', tmp_path / 'page.raw', '--shape',
               '1,3,12,16')
    sidecar = tmp_path / 'model.json'
    values = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps({**values, 'classes': ['text', 'table', 'line']}))
    assert [line.split(':')[0] for line in answer(*command)[1]] == ['page type', 'text', 'table',
                                                                    'line']
    sidecar.unlink()
    assert answer(*command)[1][1].startswith('red: ')
