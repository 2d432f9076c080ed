"""VOC with SBD, and Pascal Context."""
import json

import cv2
import pytest

from mmseg.corpora.archives.pascal import (
    CONTEXT_IDS,
    convert_pascal_context,
    convert_voc_aug,
    paint_regions,
)
from mmseg.utils.errors import InputError

from . import originals

# pycocotools decodes in numpy 1's way
pytestmark = pytest.mark.filterwarnings('ignore:__array__ implementation:DeprecationWarning')


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED).tolist()


def test_voc_aug(tmp_path):
    pytest.importorskip('scipy')
    devkit, aug = originals.voc_devkit(tmp_path / 'VOCdevkit'), originals.sbd(tmp_path / 'aug')
    assert tuple(convert_voc_aug(str(devkit), str(aug))) == (4, 0)
    labels = devkit / 'VOC2012' / 'SegmentationClassAug'
    assert sorted(path.name for path in labels.iterdir()) == ['b.png', 'c.png', 'd.png', 'e.png']
    assert read(labels / 'd.png') == [[0, 20, 255]]
    lists = devkit / 'VOC2012' / 'ImageSets' / 'Segmentation'
    # VOC trains on a and b and validates on c; SBD has b, d, c and e
    assert (lists / 'aug.txt').read_text() == 'd\ne\n'
    assert (lists / 'trainaug.txt').read_text() == 'a\nb\nd\ne\n'
    assert tuple(convert_voc_aug(str(devkit), str(aug), nproc=2)) == (0, 4)


def test_voc_aug_out_of_its_archive(tmp_path):
    pytest.importorskip('scipy')
    devkit, aug = originals.voc_devkit(tmp_path / 'VOCdevkit'), originals.sbd(tmp_path / 'aug')
    archive = originals.tar_of(tmp_path / 'benchmark.tgz', {
        f'benchmark_RELEASE/{path.relative_to(aug)}': path.read_bytes()
        for path in aug.rglob('*') if path.is_file()}, 'w:gz')
    assert tuple(convert_voc_aug(str(devkit), str(archive), str(tmp_path / 'out'), 2)) == (4, 0)
    assert read(tmp_path / 'out' / 'e.png') == [[0, 20, 255]]


def test_voc_aug_that_is_not_whole(tmp_path):
    pytest.importorskip('scipy')
    with pytest.raises(InputError, match=r'train.txt cannot be read .* expected the lists of VOC'):
        convert_voc_aug(str(tmp_path), str(tmp_path))
    devkit = originals.voc_devkit(tmp_path / 'VOCdevkit')
    with pytest.raises(InputError, match=r'has no dataset/cls/\*.mat'):
        convert_voc_aug(str(devkit), str(devkit))
    aug = originals.sbd(tmp_path / 'aug')
    (aug / 'dataset/cls/b.mat').write_bytes(b'no')
    with pytest.raises(InputError, match=r'b.mat is not a .mat file'):
        convert_voc_aug(str(devkit), str(aug))


def test_pascal_context(tmp_path):
    pytest.importorskip('pycocotools')
    devkit, file = originals.pascal_context(tmp_path / 'VOCdevkit')
    assert tuple(convert_pascal_context(str(devkit), str(file))) == (2, 0)
    labels = devkit / 'VOC2010' / 'SegmentationClassContext'
    assert read(labels / '2008_000000.png') == [[2, 24, 0], [0, 24, 0]]
    assert read(labels / '2008_000001.png') == [[0, 0, 0], [0, 0, 1]]
    lists = devkit / 'VOC2010' / 'ImageSets' / 'SegmentationContext'
    assert (lists / 'train.txt').read_text() == '2008_000000\n'
    assert (lists / 'val.txt').read_text() == '2008_000001\n'
    assert tuple(convert_pascal_context(str(devkit), str(file), nproc=2)) == (0, 2)


def test_numbers_of_pascal_context():
    assert len(CONTEXT_IDS) == 60 and list(CONTEXT_IDS) == sorted(CONTEXT_IDS)
    # run lengths down the columns: one pixel of nothing, two of a thing
    assert paint_regions((2, 2), [(458, dict(size=[2, 2], counts=[1, 2, 1]))]).tolist() == [
        [0, 59], [59, 0]]
    with pytest.raises(InputError, match='category 3 is none of the 60 classes'):
        paint_regions((2, 2), [(3, dict(size=[2, 2], counts=[4]))])
    with pytest.raises(InputError, match='a region of category 458 is 2x2 pixels but has a mask'):
        paint_regions((2, 2), [(458, dict(size=[4_000_000_000, 2], counts='01'))])
    with pytest.raises(InputError, match='Context is said to have 1000000 x 1 pixels'):
        paint_regions((1, 1_000_000), [])


def test_pascal_context_that_is_not_whole(tmp_path):
    pytest.importorskip('pycocotools')
    devkit, file = originals.pascal_context(tmp_path / 'VOCdevkit')
    with pytest.raises(InputError, match=r'VOC2010 is not a folder'):
        convert_pascal_context(str(tmp_path), str(file))
    with pytest.raises(InputError, match='expected trainval_merged.json'):
        convert_pascal_context(str(devkit), str(tmp_path / 'x.json'))
    file.write_text('{"images": []}')
    with pytest.raises(InputError, match="is not the trainval_merged.json .*annos_segmentation"):
        convert_pascal_context(str(devkit), str(file))
    for page in (dict(file_name='../a.jpg'), dict(height='x'), dict(image_id=[1])):
        page = dict(dict(image_id=1, file_name='a.jpg', phase='val', height=2, width=3), **page)
        file.write_text(json.dumps(dict(images=[page], annos_segmentation=[])))
        with pytest.raises(InputError, match='is not the trainval_merged.json'):
            convert_pascal_context(str(devkit), str(file))
    file.write_text('[' * 100_000)
    with pytest.raises(InputError, match='is not the trainval_merged.json'):
        convert_pascal_context(str(devkit), str(file))
