"""Networks of configs/ as ONNX: some tried here, and the page about all of them."""
import runpy
import sys

import pytest

from mmseg.export.onnx_table import networks_of, onnx_page, try_onnx
from mmseg.utils.config import load_config

HRNET = dict(
    stage1=dict(num_channels=(8,)), stage2=dict(num_channels=(4, 8)),
    stage3=dict(num_modules=1, num_channels=(4, 8, 16)),
    stage4=dict(num_modules=1, num_channels=(4, 8, 16, 32)))
OCR = dict(channels=8, ocr_channels=4, in_channels=[4, 8, 16, 32])
# The same networks with fewer channels.
NARROW = {
    'configs/layout/deeplabv3plus_r18-d16_512x512_20k_layout.py': dict(
        backbone=dict(stem_channels=8, base_channels=8),
        decode_head=dict(in_channels=64, channels=8, c1_in_channels=8, c1_channels=8),
        auxiliary_head=dict(in_channels=32, channels=8)),
    'configs/segformer/segformer_mit-b0_512x512_160k_ade20k.py': dict(
        pretrained=None, backbone=dict(embed_dims=8),
        decode_head=dict(in_channels=[8, 16, 40, 64], channels=16)),
    'configs/pspnet/pspnet_r50-d8_512x1024_80k_cityscapes.py': dict(
        pretrained=None, backbone=dict(depth=18, base_channels=8, stem_channels=8),
        decode_head=dict(in_channels=64, channels=8),
        auxiliary_head=dict(in_channels=32, channels=8)),
    'configs/ocrnet/ocrnet_hr18_512x1024_160k_cityscapes.py': dict(
        pretrained=None, backbone=dict(extra=HRNET),
        decode_head={0: dict(channels=8, in_channels=[4, 8, 16, 32]), 1: OCR}),
}


def narrowed(config, changes):
    """Change a config in place, at any depth."""
    for key, value in changes.items():
        if isinstance(value, dict):
            narrowed(config[key], value)
        else:
            config[key] = value


@pytest.mark.parametrize('name', NARROW)
def test_network_takes_pages_of_any_size(name, repository):
    config = load_config(str(repository / name))
    narrowed(config.model, NARROW[name])
    found = try_onnx(config, (64, 80))
    assert found['pages'] == 'any size', found
    assert 0 < found['difference'] < 1e-3 and found['bytes'] < 5e6
    # What the page says of the same network at its own width.
    row, = (line for line in (repository / 'docs' / 'onnx.md').read_text().splitlines()
            if f'](../{name})' in line)
    assert row.split(' | ')[1] == 'any size'


def test_page_names_each_network_with_its_reason(tmp_path):
    found = {'configs/a/x.py': {'pages': 'any size', 'difference': 2.4e-6, 'bytes': 12_300_000},
             'configs/b/y.py': {'pages': 'fixed', 'difference': 1e-5, 'bytes': 2e6,
                                'reason': 'counts pages'},
             'configs/c/z.py': {'pages': 'no', 'reason': 'killed'}}
    page = onnx_page(found)
    assert 'Of 3 networks 1 take any size, 1 a fixed one, 1 cannot be written.' in page
    assert page.splitlines()[-3:] == [
        '| [x](../configs/a/x.py) | any size | 2e-06 | 12 |',
        '| [y](../configs/b/y.py) | fixed: counts pages | 1e-05 | 2 |',
        '| [z](../configs/c/z.py) | no: killed | – | – |']
    (tmp_path / 'page.md').write_text(page)
    assert networks_of(tmp_path / 'page.md') == list(found)


@pytest.mark.slow  # of the documents' upkeep, not of the code
def test_every_network_of_the_zoo_is_on_the_page(repository):
    docs = repository / 'docs'
    assert networks_of(docs / 'onnx.md') == networks_of(docs / 'model_zoo.md')


@pytest.mark.parametrize('tool', ['model_zoo', 'onnx_zoo'])
def test_a_page_is_written_only_where_it_was_told(tool, repository, tmp_path, monkeypatch, capsys):
    tracked = {path: path.read_bytes() for path in (repository / 'docs').glob('*.md')}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', [tool, '--match', 'nothing-is-called-so'])
    runpy.run_path(str(repository / 'tools' / f'{tool}.py'), run_name='__main__')
    page = capsys.readouterr().out
    assert page.lstrip().startswith('# ')
    monkeypatch.setattr(sys, 'argv', [*sys.argv, '--out', 'page.md'])
    runpy.run_path(str(repository / 'tools' / f'{tool}.py'), run_name='__main__')
    assert (tmp_path / 'page.md').read_text().strip() == page.strip()
    assert {path: path.read_bytes() for path in tracked} == tracked
