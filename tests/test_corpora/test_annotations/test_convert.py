"""Folders that converters write: resumed, checked, recorded."""
import ctypes
import json
import os
import re

import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.annotations import VOCFolder
from mmseg.corpora.annotations.images import Picture
from mmseg.corpora.sample_pages import make_sample_pages

from .conftest import drawn, write_image
from .test_labelme import shape, write

BOX = [[0, 0], [2, 0], [2, 1], [0, 1]]
TEXT = shape('text', BOX)


@pytest.fixture
def pages(tmp_path):
    """Three pages labelled by labelme: a and b with text, c in slides/."""
    folder = tmp_path / 'in'
    for name in ('a', 'b', 'slides/c'):
        write_image(folder / f'{name}.jpg', 6, 5)
        write((folder / name).parent, TEXT, name=f'{os.path.basename(name)}.json',
              imagePath=f'{os.path.basename(name)}.jpg')
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / 'out'


def label(out, name):
    return drawn(Image.open(out / 'SegmentationClassPNG' / f'{name}.png'))


def record(out, split='train'):
    return json.loads((out / 'conversion.json').read_text())['splits'][split]


def test_a_data_set(pages, out, run_tool, capsys):
    run_tool('labelme', pages, out)
    assert sorted(str(path.relative_to(out)) for path in out.rglob('*') if path.is_file()) == [
        'ImageSets/Segmentation/train.txt', 'JPEGImages/a.jpg', 'JPEGImages/b.jpg',
        'JPEGImages/slides/c.jpg', 'SegmentationClassPNG/a.png', 'SegmentationClassPNG/b.png',
        'SegmentationClassPNG/slides/c.png', 'class_names.txt', 'cls_label.json',
        'conversion.json']
    assert (out / 'ImageSets/Segmentation/train.txt').read_text() == 'a\nb\nslides/c\n'
    assert (out / 'class_names.txt').read_text() == 'background\nfigure\ntext\ntable\nvalidline\n'
    assert json.loads((out / 'cls_label.json').read_text()) == {'slides/c.jpg': 'slide'}
    assert label(out, 'a') == ['tt....', *['......'] * 4]
    facts = record(out)
    assert (facts['complete'], facts['pages'], facts['regions']) == (True, 3, {'text': 3})
    assert facts['class_map_file'] == 'labelme.yaml'
    printed = capsys.readouterr().out
    assert '2 of 3 pages have no page type' in printed and "with_cls='some'" in printed
    assert Image.open(out / 'SegmentationClassPNG/a.png').getpalette()[6:9] == [0, 128, 0]


def test_several_processes_give_the_same(pages, out, run_tool, tmp_path):
    run_tool('labelme', pages, out)
    run_tool('labelme', pages, tmp_path / 'two', '--nproc', 2)
    for path in out.rglob('*'):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / 'two' / path.relative_to(out)).read_bytes()


@pytest.mark.parametrize('nproc', [1, 2])
def test_a_page_on_which_a_library_crashes_is_a_fault(pages, out, run_tool, fails, monkeypatch,
                                                      nproc):
    def crash_at_b(self, path, link=None, write=Picture.write):
        if path.endswith('b.jpg'):
            ctypes.string_at(1)
        write(self, path, link)

    monkeypatch.setattr(Picture, 'write', crash_at_b)
    assert re.match(r'1 of 3 pages have faults, the first: .*b.json.* \(SIGSEGV\)',
                    fails('labelme', pages, out, '--nproc', nproc))
    run_tool('labelme', pages, out, '--nproc', nproc, '--skip-faulty')
    assert (out / 'ImageSets/Segmentation/train.txt').read_text() == 'a\nslides/c\n'


def test_a_finished_page_is_not_made_again(pages, out, run_tool):
    run_tool('labelme', pages, out)
    old = os.stat(out / 'SegmentationClassPNG/a.png').st_mtime_ns
    (out / 'SegmentationClassPNG/b.png').unlink()
    (out / 'ImageSets/Segmentation/train.txt').unlink()
    run_tool('labelme', pages, out)
    assert os.stat(out / 'SegmentationClassPNG/a.png').st_mtime_ns == old
    assert label(out, 'b')[0] == 'tt....'
    assert (out / 'ImageSets/Segmentation/train.txt').read_text() == 'a\nb\nslides/c\n'
    # one run after the other: b was painted twice
    assert record(out)['regions'] == {'text': 4}
    write(pages, shape('figure', BOX))
    run_tool('labelme', pages, out)
    assert label(out, 'a')[0] == 'tt....'
    run_tool('labelme', pages, out, '--overwrite')
    assert label(out, 'a')[0] == 'ff....' and record(out)['regions'] == {'text': 2, 'figure': 1}


def test_an_interrupted_run_is_gone_on_with(pages, out, run_tool, monkeypatch):
    write_label = VOCFolder.write_label

    def killed(self, name, values):
        if name == 'b':
            raise KeyboardInterrupt
        write_label(self, name, values)

    monkeypatch.setattr(VOCFolder, 'write_label', killed)
    with pytest.raises(SystemExit):
        run_tool('labelme', pages, out)
    assert not (out / 'ImageSets/Segmentation/train.txt').exists()
    assert not record(out)['complete']
    monkeypatch.undo()
    run_tool('labelme', pages, out)
    assert (out / 'ImageSets/Segmentation/train.txt').read_text() == 'a\nb\nslides/c\n'
    assert not list(out.rglob('*.part'))


def test_another_class_map_for_the_same_pages(pages, out, run_tool, fails, tmp_path):
    run_tool('labelme', pages, out)
    (tmp_path / 'm.yaml').write_text('regions: {text: table}')
    assert "was converted with another class map; choose another folder, or --overwrite" in fails(
        'labelme', pages, out, '--map', tmp_path / 'm.yaml')
    run_tool('labelme', pages, out, '--map', tmp_path / 'm.yaml', '--overwrite')
    assert label(out, 'a')[0] == 'bb....'
    (tmp_path / 'm.yaml').write_text('classes: [background, text]\nregions: {text: text}')
    assert 'has the classes background, figure' in fails(
        'labelme', pages, out, '--map', tmp_path / 'm.yaml', '--split', 'val')


def test_an_attempt_that_made_no_page_binds_nobody(pages, out, run_tool, fails, tmp_path):
    (tmp_path / 'm.yaml').write_text('classes: [background, x]\nregions: {y: x}')
    assert "'text' (3)" in fails('labelme', pages, out, '--map', tmp_path / 'm.yaml')
    run_tool('labelme', pages, out)
    assert label(out, 'a')[0] == 'tt....'


def test_a_folder_without_a_conversion(pages, out, fails):
    (out / 'SegmentationClassPNG').mkdir(parents=True)
    (out / 'SegmentationClassPNG' / 'a.png').write_bytes(b'mine')
    assert 'holds label maps that no converter' in fails('labelme', pages, out)
    assert (out / 'SegmentationClassPNG' / 'a.png').read_bytes() == b'mine'


def test_unknown_labels_are_listed_and_drafted(pages, out, run_tool, fails):
    write(pages, TEXT, shape('stamp', BOX), shape('Seal', BOX))
    write(pages, shape('stamp', BOX), name='b.json', imagePath='b.jpg')
    said = fails('labelme', pages, out)
    assert "does not know 2 labels: 'stamp' (2), 'Seal' (1); copy the map" in said
    draft = (out / 'unknown_labels.yaml').read_text()
    assert draft == 'regions:\n  "stamp": ignore  # 2 regions\n  "Seal": ignore  # 1 regions\n'
    assert not (out / 'ImageSets/Segmentation/train.txt').exists()
    run_tool('labelme', pages, out, '--unknown', 'ignore')
    assert label(out, 'a')[0] == 'tt....'
    assert record(out)['left_out'] == {'regions with a label that the class map does not know': 3}


def test_pages_with_faults(pages, out, run_tool, fails):
    write_image(pages / 'a.jpg', 7, 5)
    (pages / 'b.jpg').unlink()
    said = fails('labelme', pages, out)
    assert '2 of 3 pages have faults, the first: ' in said
    assert 'a.json is for a page of 6x5 pixels, but' in said and 'has 7x5' in said
    assert not (out / 'ImageSets/Segmentation/train.txt').exists()
    run_tool('labelme', pages, out, '--skip-faulty')
    assert (out / 'ImageSets/Segmentation/train.txt').read_text() == 'slides/c\n'
    assert 'b.jpg' in record(out)['faults'][1]


def test_drawing_pages_for_validation(pages, out, run_tool, fails):
    for number in range(20):
        write_image(pages / f'{number}.jpg', 6, 5)
        write(pages, TEXT, name=f'{number}.json', imagePath=f'{number}.jpg')
    run_tool('labelme', pages, out, '--val', .3)
    splits = [(out / f'ImageSets/Segmentation/{split}.txt').read_text().split()
              for split in ('train', 'val')]
    assert [len(split) for split in splits] == [17, 6] and not set(splits[0]) & set(splits[1])
    assert 'are called as pages of' in fails('labelme', pages, out, '--split', 'test')
    assert '--val must be a share' in fails('labelme', pages, out, '--val', 1.5)


def test_two_folders_with_the_same_names(pages, out, run_tool, tmp_path):
    run_tool('labelme', pages, out)
    other = tmp_path / 'other'
    write_image(other / 'a.jpg', 6, 5)
    write(other, shape('figure', BOX))
    run_tool('labelme', other, out, '--split', 'val', '--prefix', 'new_', '--page-type', 'slide')
    assert (out / 'ImageSets/Segmentation/val.txt').read_text() == 'new_a\n'
    assert (label(out, 'a')[0], label(out, 'new_a')[0]) == ('tt....', 'ff....')
    assert json.loads((out / 'cls_label.json').read_text()) == {
        'slides/c.jpg': 'slide', 'new_a.jpg': 'slide'}


def test_two_images_for_one_name(out, tmp_path, fails):
    for suffix in ('.jpg', '.png'):
        write_image(tmp_path / 'img' / f'a{suffix}', 6, 5)
    (tmp_path / 'a.json').write_text(json.dumps(dict(
        images=[dict(id=1, file_name='a.jpg'), dict(id=2, file_name='a.png')], annotations=[],
        categories=[dict(id=1, name='table')])))
    assert 'page names belong to several images, such as a' in fails(
        'coco_layout', tmp_path / 'a.json', tmp_path / 'img', out, '--map', 'tablebank')


def test_options_that_do_not_exist(pages, out, fails, tmp_path):
    assert "there is no class map 'labelm' (did you mean 'labelme'?)" in fails(
        'labelme', pages, out, '--map', 'labelm')
    assert "did you mean 'slide'?" in fails('labelme', pages, out, '--page-type', 'slid')
    (tmp_path / 'empty').mkdir()
    assert 'has no files that end in .json' in fails('labelme', tmp_path / 'empty', out)
    assert 'is not a folder' in fails('labelme', tmp_path / 'nowhere', out)
    assert 'at least 1 pixel' in fails('labelme', pages, out, '--line-width', 0)
    assert 'name such as train' in fails('labelme', pages, out, '--split', 'a/b')


def test_masks_of_whole_pages_come_back(tmp_path, out, run_tool):
    """Label maps turned into outlines, holes and all, and painted again, are the same."""
    made = tmp_path / 'made'
    make_sample_pages(str(made), 2, 1, seed=3, size=160)
    names = ('background', 'figure', 'text', 'table', 'validline')
    images, annotations = [], []
    for path in sorted((made / 'SegmentationClassPNG').glob('*.png')):
        values = np.array(Image.open(path))
        images.append(dict(id=len(images), file_name=f'{path.stem}.jpg', width=values.shape[1],
                           height=values.shape[0]))
        for number in range(1, 5):
            # every row of a class is a run of its own: the exact outline of any mask
            for y, row in enumerate(values == number):
                edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
                outlines = [[int(x0), y, int(x1), y, int(x1), y + 1, int(x0), y + 1]
                            for x0, x1 in edges.reshape(-1, 2)]
                if outlines:
                    annotations.append(dict(image_id=images[-1]['id'], category_id=number,
                                            segmentation=outlines))
    categories = [dict(id=number, name=name) for number, name in enumerate(names) if number]
    (tmp_path / 'a.json').write_text(json.dumps(dict(
        annotations=annotations, images=images, categories=categories)))
    run_tool('coco_layout', tmp_path / 'a.json', made / 'JPEGImages', out, '--map', 'labelme')
    for path in (made / 'SegmentationClassPNG').glob('*.png'):
        back = np.array(Image.open(out / 'SegmentationClassPNG' / path.name))
        known = np.array(Image.open(path))
        assert (back == known)[known != 255].all()
