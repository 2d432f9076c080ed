"""tools/layout.py as a user types it, with a network whose answer is known."""
import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet
import pytest
import torch
from mmcv import Config
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from mmseg.models import build_segmentor

CONFIG = """
norm_cfg = dict(type='BN')
model = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNetV1c', depth=18, base_channels=4, stem_channels=4, norm_cfg=norm_cfg),
    decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=4, num_convs=1,
                     num_classes=3, norm_cfg=norm_cfg, align_corners=False),
    cls_head=dict(type='ClsHead', num_classes=2),
    test_cfg=dict(mode='whole'))
data = dict(test=dict(type='LayoutDataset', pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(64, 64), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'),
        dict(type='Normalize', mean=[120., 120., 120.], std=[60., 60., 60.], to_rgb=True),
        dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]))
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """Pages, and a checkpoint that takes every page for a slide full of stamps."""
    (tmp_path / 'config.py').write_text(CONFIG)
    model = build_segmentor(Config.fromfile(tmp_path / 'config.py').model)
    for layer, label in ((model.decode_head.conv_seg, 2), (model.cls_head.fc, 1)):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
        layer.bias.data[label] = 2.
    meta = dict(CLASSES=('background', 'text', 'stamp'), PALETTE=[[0, 0, 0], [9, 9, 9], [0, 99, 0]],
                PAGE_CLASSES=('document', 'slide'))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'model.pth')
    pages = tmp_path / 'pages'
    pages.mkdir()
    cv2.imwrite(str(pages / 'p10.png'), np.full((40, 60, 3), 200, np.uint8))
    sheets = [Image.new('1', (50, 70), 1) for _ in range(2)]
    sheets[0].save(pages / 'p9.tif', save_all=True, append_images=sheets[1:])
    canvas = Canvas(str(pages / 'p11.pdf'), pagesize=(72, 36))
    canvas.showPage()
    canvas.save()
    return tmp_path


@pytest.fixture
def layout(command_line, folder):
    def run(*arguments):
        return command_line('tools/layout.py', folder / 'config.py', folder / 'model.pth',
                            *arguments)
    return run


def test_a_folder_of_pictures_tiffs_and_pdfs(layout, folder):
    out = folder / 'out'
    said = layout(folder / 'pages', '--format', 'json', 'coco', '--out', out, '--dpi', 100,
                  '--batch', 3)
    assert said.code == 0 and said.out.endswith(f'4 pages, 5 files in {out}\n')
    assert sorted(path.name for path in out.iterdir()) == [
        'layout.coco.json', 'p10.json', 'p11_0001.json', 'p9_0001.json', 'p9_0002.json']
    page = json.loads((out / 'p11_0001.json').read_text())['pages'][0]
    assert (page['height'], page['width'], page['page_type']) == (50, 100, 'slide')
    assert [(r['name'], r['box'], r['area']) for r in page['regions']] == [
        ('stamp', [0, 0, 100, 50], 5000)]
    coco = json.loads((out / 'layout.coco.json').read_text())
    assert [image['page_number'] for image in coco['images']] == [1, 2, 1, 1]  # p9, p10, p11


def test_workers_and_what_is_complete(layout, folder):
    out = folder / 'out'
    said = layout(folder / 'pages', '--out', out, '--workers', 2, '--batch', 2)
    assert said.code == 0 and 'pages per second in 2 processes' in said.out
    assert 'share of the time: reading ' in said.out
    (out / 'p10.json').unlink()
    said = layout(folder / 'pages', '--out', out, '--resume')
    assert said.out.endswith(f'1 page, 3 were complete before, 1 file in {out}\n')
    said = layout(folder / 'pages', '--out', out, '--workers', -1)
    assert said.code == 1 and '--workers is a number of processes, 0 or more, got -1' in said.err


def test_tables_and_what_is_complete(layout, folder):
    out = folder / 'tables'
    (folder / 'pages' / 'bad.png').write_bytes(b'no picture')
    said = layout(folder / 'pages', '--out', out, '--parquet', '--shard-files', 2, '--format',
                  'page')
    assert said.code == 1 and said.out.endswith(f'4 pages, 10 files in {out}\n')
    assert 'bad.png cannot be read as a picture' in said.err
    pages = pyarrow.parquet.read_table(out / 'pages').to_pylist()
    assert [(Path(page['source']).name, page['page_number'], page['files']) for page in pages] == [
        ('p9.tif', 1, 'files/part-000000/p9_0001'), ('p9.tif', 2, 'files/part-000000/p9_0002'),
        ('p10.png', 1, 'files/part-000001/p10'), ('p11.pdf', 1, 'files/part-000001/p11_0001')]
    assert (out / 'files' / 'part-000001' / 'p10.page.xml').is_file()
    regions = pyarrow.parquet.read_table(out / 'regions').to_pylist()
    assert [(region['name'], region['area']) for region in regions][2] == ('stamp', 2400)
    again = ('--out', out, '--parquet', '--shard-files', 2, '--format', 'page')
    assert 'holds tables of an earlier run' in layout(folder / 'pages', *again).err
    said = layout(folder / 'pages', *again, '--resume', '--dpi', 50)
    assert said.code == 1 and 'had other options, dpi was None and is 50.0' in said.err
    cv2.imwrite(str(folder / 'pages' / 'bad.png'), np.full((40, 60, 3), 200, np.uint8))
    said = layout(folder / 'pages', *again, '--resume')
    assert said.code == 0
    assert said.out.endswith(f'1 page, 4 were complete before, 4 files in {out}\n')
    assert pyarrow.parquet.read_table(out / 'errors').num_rows == 0


@pytest.mark.parametrize('arguments, sentence', [
    (['--actors', '2'], '--actors and --gpus are for a cluster'),
    (['--parquet', '--shard-files', '0'], '--shard-files is a number from 1 on, got 0'),
    (['--parquet', '--format', 'coco'], 'has no COCO file'),
])
def test_options_of_tables_that_do_not_fit(layout, folder, arguments, sentence):
    said = layout(folder / 'pages', '--out', folder / 'out', *arguments)
    assert said.code == 1 and sentence in said.err


def test_an_address_takes_tables_alone(layout, folder):
    said = layout(folder / 'pages', '--out', 'memory://out', '--parquet', '--format', 'json')
    assert said.code == 1 and 'only tables are written to an address' in said.err


def test_kinds_and_options_of_regions(layout, folder):
    out = folder / 'out'
    said = layout(folder / 'pages' / 'p10.png', '--format', 'page', '--out', out,
                  '--region-types', 'stamp=graphic')
    assert said.code == 0 and '<GraphicRegion ' in (out / 'p10.page.xml').read_text()
    said = layout(folder / 'pages' / 'p10.png', '--out', out, '--regions', 'min_area=2401',
                  'reference_size=None')
    assert json.loads((out / 'p10.json').read_text())['pages'][0]['regions'] == []


def test_a_file_that_cannot_be_read_does_not_stop_the_others(layout, folder):
    (folder / 'pages' / 'p1.png').write_bytes(b'')
    out = folder / 'out'
    said = layout(folder / 'pages', '--out', out)
    assert said.code == 1 and len(list(out.iterdir())) == 4
    problem = f"error: {folder / 'pages' / 'p1.png'} is empty (0 bytes)"
    assert said.err.splitlines()[-1] == problem
    said = layout(folder / 'pages', '--out', folder / 'strict', '--strict')
    assert said.code == 1 and said.err.splitlines()[-1] == problem
    assert not list((folder / 'strict').iterdir())


@pytest.mark.parametrize('arguments, sentence', [
    (['pages', '--out', 'config.py/out'], 'cannot write into the folder'),
    (['gone', '--out', 'out'], 'gone is neither a file nor a folder'),
    (['pages', '--out', 'out', '--regions', 'min_aera=3'], "did you mean 'min_area'?"),
    (['pages', '--out', 'out', '--region-types', 'stmp=text'], "did you mean 'stamp'?"),
    (['pages', '--out', 'out', '--batch', '0'], '1 or more, got 0'),
])
def test_mistakes_are_a_sentence_before_any_work(layout, folder, monkeypatch, arguments, sentence):
    monkeypatch.chdir(folder)
    said = layout(*arguments)
    errors = [line for line in said.err.splitlines() if line.startswith('error: ')]
    assert said.code == 1 and len(errors) == 1 and sentence in errors[0]
    assert 'Traceback' not in said.err and not list(folder.rglob('*.json'))
