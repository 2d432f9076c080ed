import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from lxml import etree
from PIL import Image

from mmseg.inference.predictor import PageArrays, Predictor
from mmseg.layout import RegionOptions
from mmseg.layout.runs import pages
from mmseg.layout.runs.files import check_folder, write_layouts
from mmseg.layout.runs.options import LayoutOptions
from mmseg.layout.runs.plan import output_names
from mmseg.utils.errors import InputError


class DarkIsText(Predictor):
    """Says text where a page is black, and slide where it is wide."""

    classes = ('background', 'text')
    palette = ((0, 0, 0), (0, 200, 0))
    page_classes = ('document', 'slide')

    def __init__(self) -> None:
        self.batches: list[int] = []

    def predict(self, images):
        self.batches.append(len(images))
        return [self.answer(image) for image in images]

    def answer(self, image: np.ndarray) -> PageArrays:
        text = (image[..., 0] < 128).astype(np.float32)
        slide = float(image.shape[1] > image.shape[0])
        return PageArrays(np.stack([1 - text, text]), np.array([1 - slide, slide], np.float32))


def sheet(left: int = 10, width: int = 60) -> Image.Image:
    pixels = np.full((80, width, 3), 255, np.uint8)
    pixels[20:40, left:left + 30] = 0
    return Image.fromarray(pixels)


@pytest.fixture
def scans(tmp_path) -> Path:
    folder = tmp_path / 'scans'
    folder.mkdir()
    sheet().save(folder / 'a.png')
    first, *rest = (sheet(left, 90) for left in (1, 2, 3))
    first.save(folder / 'b.tif', save_all=True, append_images=rest)
    return folder


class TestNames:
    @pytest.mark.parametrize('files, names', [
        (['x/a.png', 'x/b.png'], ['a', 'b']),
        (['x/a.png', 'x/A.tif'], ['a_png', 'A_tif']),
        (['x/a.png', 'y/a.png'], ['x_a', 'y_a']),
        (['x/a.png', 'x/a.tif', 'y/a.png'], ['x_a_png', 'x_a_tif', 'y_a_png']),
        (['v1/x/a.png', 'v2/x/a.png', 'c.png'], ['v1_x_a', 'v2_x_a', 'c'])])
    def test_are_unlike(self, files, names):
        paths = [Path('/data') / file for file in files]
        assert output_names(paths) == dict(zip(paths, names))


class TestWriteLayouts:
    def test_lines_are_cut_out_in_their_order(self, tmp_path):
        pixels = np.full((100, 60, 3), 255, np.uint8)
        for top, width in ((20, 40), (34, 30), (70, 20)):
            pixels[top:top + 10, 10:10 + width] = 0
        Image.fromarray(pixels).save(tmp_path / 'a.png')
        options = LayoutOptions(('coco',), crop='lines', level='line')
        report = write_layouts(DarkIsText(), [tmp_path / 'a.png'], tmp_path / 'out', options)
        found = sorted((tmp_path / 'out/a_lines').iterdir())
        assert [file.name for file in found] == ['0001.png', '0002.png', '0003.png']
        assert report.files == 4  # and layout.coco.json
        assert [cv2.imread(str(file)).shape[1] for file in found] == pytest.approx(
            [48, 38, 28], abs=2)  # with four pixels of white at either end
        coco = json.loads((tmp_path / 'out/layout.coco.json').read_text())
        assert [item['bbox'][2] for item in coco['annotations']] == [40, 30, 20]
        for wrong in (dict(crop='words'), dict(level='word')):
            with pytest.raises(InputError, match='crop is|level is'):
                LayoutOptions(**wrong)

    def test_a_file_each_page_and_format(self, scans, tmp_path):
        out = tmp_path / 'out'
        options = LayoutOptions(('json', 'page', 'alto', 'hocr', 'coco', 'png'), batch=3)
        predictor = DarkIsText()
        report = write_layouts(predictor, [scans / 'a.png', scans / 'b.tif'], out, options)
        stems = ['a', 'b_0001', 'b_0002', 'b_0003']
        suffixes = ['.json', '.page.xml', '.alto.xml', '.hocr', '.png']
        assert {path.name for path in out.iterdir()} == {
            stem + suffix for stem in stems for suffix in suffixes} | {'layout.coco.json'}
        assert (report.files, report.pages, report.problems) == (21, 4, [])
        assert predictor.batches == [3, 1]

        page = json.loads((out / 'b_0003.json').read_text())['pages'][0]
        assert (page['page_number'], page['page_type']) == (3, 'slide')
        assert page['regions'][0]['box'] == [3, 20, 33, 40]
        assert page['regions'][0]['confidence'] == 1
        root = etree.parse(str(out / 'a.page.xml')).getroot()
        points = root.find('.//{*}TextRegion/{*}Coords').get('points')
        assert set(points.split()) == {'10,20', '40,20', '40,40', '10,40'}
        coco = json.loads((out / 'layout.coco.json').read_text())
        assert [a['image_id'] for a in coco['annotations']] == [1, 2, 3, 4]
        assert cv2.imread(str(out / 'a.png')).shape[1] == 60

    def test_goes_on_after_a_file_that_cannot_be_read(self, scans, tmp_path):
        (scans / 'broken.png').write_bytes((scans / 'a.png').read_bytes()[:60])
        files = [scans / 'broken.png', scans / 'a.png']
        steps = []
        report = write_layouts(DarkIsText(), files, tmp_path / 'out',
                               progress=lambda *step: steps.append(step))
        assert [path.name for path in (tmp_path / 'out').iterdir()] == ['a.json']
        assert len(report.problems) == 1 and 'broken.png cannot be read' in report.problems[0]
        assert np.sum(steps, axis=0).tolist() == [1, -1]

    def test_goes_on_after_a_page_that_no_format_can_hold(self, scans, tmp_path, monkeypatch):
        def write(layouts, kind, path, *rest):
            if layouts[0].number == 2:
                raise ValueError('a side is crossed')
            path.write_text(kind)

        monkeypatch.setattr(pages, 'write', write)
        report = write_layouts(DarkIsText(), [scans / 'b.tif'], tmp_path / 'out')
        assert report.problems == [f'page 3 of {scans}/b.tif: ValueError: a side is crossed']
        assert {path.name for path in (tmp_path / 'out').iterdir()} == {
            'b_0001.json', 'b_0002.json'}

    def test_strict_stops_there(self, scans, tmp_path):
        (scans / 'broken.png').write_bytes(b'')
        with pytest.raises(InputError, match='broken.png is empty'):
            write_layouts(DarkIsText(), [scans / 'broken.png', scans / 'a.png'], tmp_path / 'out',
                          LayoutOptions(strict=True))
        assert not list((tmp_path / 'out').iterdir())

    def test_the_pages_themselves_are_what_the_others_name(self, scans, tmp_path):
        write_layouts(DarkIsText(), [scans / 'b.tif'], tmp_path, LayoutOptions(('jpg', 'page')))
        picture = np.asarray(Image.open(tmp_path / 'b_0002.jpg'))
        assert picture.shape == (80, 90, 3) and picture[30, 20].max() < 30
        assert 'imageFilename="b_0002.jpg"' in (tmp_path / 'b_0002.page.xml').read_text()

    def test_a_page_is_never_written_over(self, scans):
        before = (scans / 'a.png').read_bytes()
        with pytest.raises(InputError, match=r'a.png is a page itself, .* name another folder'):
            write_layouts(DarkIsText(), [scans / 'a.png'], scans, LayoutOptions(('png',)))
        assert (scans / 'a.png').read_bytes() == before

    def test_progress_learns_how_many_pages_a_file_has(self, scans, tmp_path):
        steps = []
        write_layouts(DarkIsText(), [scans / 'b.tif', scans / 'a.png'], tmp_path / 'out',
                      progress=lambda *step: steps.append(step))
        assert np.sum(steps, axis=0).tolist() == [4, 2]

    def test_a_page_called_as_a_page_of_another_file(self, scans, tmp_path):
        sheet().save(scans / 'b_0002.png')
        files = [scans / 'b.tif', scans / 'b_0002.png']
        write_layouts(DarkIsText(), files, tmp_path / 'out')
        assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [
            'b_0001.json', 'b_0002-2.json', 'b_0002.json', 'b_0003.json']

    def test_options_of_regions(self, scans, tmp_path):
        options = LayoutOptions(regions=RegionOptions(min_area=601, reference_size=None))
        write_layouts(DarkIsText(), [scans / 'a.png'], tmp_path / 'out', options)
        page = json.loads((tmp_path / 'out' / 'a.json').read_text())['pages'][0]
        assert page['regions'] == []  # its 30 x 20 pixels are a speck


class TestMistakes:
    def test_folder_below_a_file(self, tmp_path):
        (tmp_path / 'file').touch()
        with pytest.raises(InputError, match='cannot write into the folder .*file/out'):
            check_folder(tmp_path / 'file' / 'out')

    def test_formats_and_batches(self):
        with pytest.raises(InputError, match="unknown format 'pgae' .did you mean 'page'"):
            LayoutOptions(('json', 'pgae'))
        with pytest.raises(InputError, match='no format was given'):
            LayoutOptions(())
        with pytest.raises(InputError, match='at least one page, got 0'):
            LayoutOptions(batch=0)

    def test_kind_of_a_class_that_is_not_there(self, scans, tmp_path):
        with pytest.raises(InputError, match="no class 'texts' .did you mean 'text'"):
            write_layouts(DarkIsText(), [scans / 'a.png'], tmp_path / 'out',
                          LayoutOptions(region_types={'texts': 'figure'}))

    def test_memory_that_does_not_suffice(self, scans, tmp_path):
        class Full(DarkIsText):
            def predict(self, images):
                raise torch.OutOfMemoryError('CUDA out of memory')

        with pytest.raises(InputError, match='does not suffice for 1 page of up to 60 x 80'):
            write_layouts(Full(), [scans / 'a.png'], tmp_path / 'out')
