"""Data sets of text lines: small archives in the form of each public one."""
import json
import math

import mmcv
import numpy as np
import pytest
from PIL import Image

from mmseg.core.evaluation import sum_counts
from mmseg.data_check import check_config, check_first_pages
from mmseg.datasets import LayoutDataset, build_dataset
from mmseg.datasets.text_line_files import FORMATS
from mmseg.utils.errors import InputError
from mmseg.utils.logger import get_root_logger

FILES = {
    'icdar2015': ('gt_img_1.txt', '\ufeff10,20,50,20,50,30,10,30,one, two\n'
                                  '60,20,90,20,90,30,60,30,###\n'),
    'totaltext': ('poly_gt_img_1.txt',
                  "x: [[10 50 50\n 10]], y: [[20 20 30 30]], ornt: [u'h'], "
                  "transcriptions: [u'one, two']\n"
                  "x: [[60 90 90 60]], y: [[20 20 30 30]], ornt: [u'#'], transcriptions: [u'#']\n"),
    'ctw1500': ('img_1.xml', '<Annotations><image file="img_1.jpg">'
                '<box height="1"><label>one, two</label><segs>10,20,50,20,50,30,10,30</segs></box>'
                '<box><label>###</label><segs>60,20,90,20,90,30,60,30</segs></box>'
                '</image></Annotations>'),
    'td500': ('img_1.gt', '0 0 10 20 40 10 0\n1 1 60 20 30 10 0\n'),
    'page': ('img_1.xml', '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/'
             '2019-07-15"><Page><TextRegion><TextLine><Coords points="10,20 50,20 50,30 10,30"/>'
             '<TextEquiv><Unicode>one, two</Unicode></TextEquiv></TextLine></TextRegion></Page>'
             '</PcGts>'),
    'alto': ('img_1.xml', '<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout><Page>'
             '<PrintSpace><TextBlock><TextLine HPOS="10" VPOS="20" WIDTH="40" HEIGHT="10">'
             '<String CONTENT="one,"/><SP/><String CONTENT="two"/></TextLine></TextBlock>'
             '</PrintSpace></Page></Layout></alto>'),
    'json': ('img_1.json', json.dumps(dict(lines=[
        dict(polygon=[[10, 20], [50, 20], [50, 30], [10, 30]], text='one, two')]))),
}


@pytest.fixture
def archive(tmp_path):
    """A function that makes a data set of one page with an annotation file."""

    def make(name, content):
        for folder in ('images', 'gt'):
            (tmp_path / folder).mkdir(exist_ok=True)
        Image.new('RGB', (100, 60)).save(tmp_path / 'images/img_1.jpg')
        (tmp_path / 'gt' / name).write_text(content, encoding='utf-8')
        return dict(type='TextLineDataset', data_root=str(tmp_path), img_dir='images',
                    ann_dir='gt', pipeline=[dict(type='LoadImageFromFile'),
                                            dict(type='LoadTextAnnotations', with_mask=True),
                                            dict(type='DBNetTargets')])

    return make


@pytest.mark.parametrize('form', FORMATS)
def test_lines_are_read_from_each_form(form, archive):
    dataset = build_dataset(dict(archive(*FILES[form]), form=form))
    first, *others = dataset.get_lines_by_idx(0)
    assert first.points.tolist() == [[10, 20], [50, 20], [50, 30], [10, 30]]
    assert not first.ignored and all(line.ignored for line in others)
    assert len(others) == (form in ('icdar2015', 'totaltext', 'ctw1500', 'td500'))
    assert first.text == (None if form == 'td500' else 'one, two')
    page = dataset[0]
    assert page['gt_shrink'].shape == (60, 100) and page['gt_shrink'][25, 30] == 1
    label = dataset.get_gt_seg_map_by_idx(0)
    assert label[25, 30] == 1 and label[5, 5] == 0


def test_other_ways_of_writing_the_same(archive):
    assert FORMATS['ctw1500'].read(b'1,2,9,2,9,8,1,8,####a, b', 'x').lines[0].text == 'a, b'
    sides = [(x, 0) for x in range(0, 70, 10)] + [(x, 20) for x in range(60, -10, -10)]
    box = ','.join(map(str, [5, 5, 65, 25, *np.ravel(sides)]))
    assert FORMATS['ctw1500'].read(box.encode(), 'x').lines[0].points.min() == 5
    turned = FORMATS['td500'].read(f'0 0 10 20 40 10 {math.pi / 2}'.encode(), 'x').lines[0].points
    assert turned.round(4).tolist() == [[35, 5], [35, 45], [25, 45], [25, 5]]
    old = b'<PcGts><TextLine readingDirection="top-to-bottom"><Coords><Point x="1" y="1"/>' \
          b'<Point x="9" y="1"/><Point x="9" y="9"/></Coords></TextLine></PcGts>'
    line, = FORMATS['page'].read(old, 'x').lines
    assert line.direction == 'vertical' and line.points.tolist() == [[1, 1], [9, 1], [9, 9]]
    shape = b'<alto><TextLine><Shape><Polygon POINTS="1,1 9,1 9,9"/></Shape></TextLine></alto>'
    assert FORMATS['alto'].read(shape, 'x').lines[0].points.tolist() == [[1, 1], [9, 1], [9, 9]]


@pytest.mark.parametrize('form, content', [
    ('icdar2015', '1,1,5,5,a\n10,20,50,20,50,30,10,30,ok\na,b,c,d,e,f,g,h,i\n'),
    ('totaltext', "x: [[1 5]], y: [[1 5]], ornt: [u'h'], transcriptions: [u'a']\n"
     "x: [[10 50 50 10]], y: [[20 20 30 30]], ornt: [u'h'], transcriptions: [u'it's']\nx: [[a"),
    ('ctw1500', '1,1,5,5,####a\n10,20,50,20,50,30,10,30,####ok\nx,####b'),
    ('td500', '0 0 1 1\n0 0 10 20 40 10 0\n0 0 10 20 0 10 0\n'),
    ('page', '<PcGts><TextLine><Coords points="1,1 5,5"/></TextLine><TextLine/><TextLine>'
     '<Coords points="10,20 50,20 50,30 10,30"/></TextLine></PcGts>'),
    ('alto', '<alto><TextLine/><TextLine HPOS="a"/><TextLine HPOS="10" VPOS="20" WIDTH="40" '
     'HEIGHT="10"/></alto>')])
def test_bad_lines_are_counted_and_named(form, content, archive):
    with pytest.warns(UserWarning, match=r'2 text lines in 1 file left out or corrected: '
                                         r'img_1.jpg: line \d: it'):
        dataset = build_dataset(dict(archive(FILES[form][0], content), form=form))
    assert len(dataset.get_lines_by_idx(0)) == 1


@pytest.mark.parametrize('form', ['icdar2015', 'totaltext', 'ctw1500', 'td500', 'json'])
def test_an_empty_file_is_a_page_without_lines(form, archive):
    dataset = build_dataset(dict(archive(FILES[form][0], ''), form=form))
    assert dataset.get_lines_by_idx(0) == [] and not dataset[0]['gt_shrink'].any()


def test_pages_without_lines_and_lines_outside_of_pages_are_named(archive, caplog):
    config = archive(FILES['icdar2015'][0], '110,20,150,20,150,30,110,30,beyond\n')
    dataset = build_dataset(config)
    with pytest.warns(UserWarning, match=r'img_1.jpg: 1 text line left out or corrected: the line '
                                         r'at \(110, 20\) is outside of the page'):
        assert not dataset[0]['gt_shrink'].any()
    with caplog.at_level('INFO', 'mmseg'):
        build_dataset(archive(FILES['icdar2015'][0], ''))
    assert 'TextLineDataset: 1 image, 1 without text lines: img_1.jpg' in caplog.text


def test_a_training_on_lines_alone_needs_no_label_maps(archive):
    part = archive(*FILES['icdar2015'])
    cfg = mmcv.Config(dict(model=dict(type='DBNet'), data=dict(train=part, val=part)))
    check_first_pages(cfg, get_root_logger(), train=build_dataset(part))
    assert not check_config(cfg, splits=['train']).findings.counts


@pytest.mark.parametrize('form', ['page', 'alto', 'json'])
def test_what_is_not_an_annotation_is_one_sentence(form, archive):
    with pytest.raises(InputError, match='img_1'):
        build_dataset(dict(archive(FILES[form][0], '<a'), form=form))


def test_what_is_missing_is_named(archive):
    config = archive(*FILES['icdar2015'])
    with pytest.raises(InputError, match="form is one of.*did you mean 'icdar2015'"):
        build_dataset(dict(config, form='icdar2105'))
    with pytest.raises(InputError, match='no annotation for 1 image.*called <page>.gt'):
        build_dataset(dict(config, form='td500'))


def test_files_of_mmocr_are_read(tmp_path):
    Image.new('RGB', (100, 60)).save(tmp_path / 'a.jpg')
    (tmp_path / 'instances.json').write_text(json.dumps(dict(
        images=[dict(id=7, file_name='a.jpg', width=100, height=60)],
        annotations=[
            dict(image_id=7, iscrowd=0, segmentation=[[10, 20, 50, 20, 50, 30, 10, 30]]),
            dict(image_id=7, iscrowd=1, segmentation=[], bbox=[60, 20, 30, 10])])))
    part = dict(type='IcdarDataset', ann_file=f'{tmp_path}/instances.json',
                img_prefix=str(tmp_path), pipeline=None)
    dataset = build_dataset(dict(
        type='UniformConcatDataset', datasets=[part, part],
        pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadTextAnnotations')]))
    assert len(dataset) == 2
    assert [line.ignored for line in dataset[1]['line_polygons']] == [False, True]
    with pytest.raises(InputError, match="ann_file_backend='disk', got 'http'"):
        build_dataset(dict(part, ann_file_backend='http', pipeline=[]))
    with pytest.raises(InputError, match="not JSON in COCO's format"):
        build_dataset(dict(part, ann_file=f'{tmp_path}/a.jpg', pipeline=[]))
    for content in ('[' * 100_000, '{"images": [{"id": 1}], "annotations": []}',
                    '{"images": [{"id": [1], "file_name": "a"}], "annotations": []}'):
        (tmp_path / 'instances.json').write_text(content)
        with pytest.raises(InputError, match="not JSON in COCO's format"):
            build_dataset(dict(part, pipeline=[]))


def test_lines_are_evaluated_on_them(archive):
    dataset = build_dataset(dict(archive(*FILES['icdar2015'])), dict(test_mode=True))
    dataset.count_lines = True
    seg = np.zeros((60, 100), np.uint8)
    right = dict(seg_map=seg, lines=[[10, 20, 50, 20, 50, 30, 10, 30, .9],
                                     [62, 20, 80, 20, 80, 30, 62, 30, .9]])
    scores = dataset.evaluate(dataset.pre_eval([right], [0]), ['mIoU', 'hmean-iou'])
    assert scores['hmean-iou:hmean'] == 1 and scores['IoU.text'] == 0
    seg[20:31, 10:51] = 1  # without a line head the parts of the text are lines
    assert sum_counts(dataset.pre_eval([seg], [0])).lines.tolist() == [1, 1, 1]


def test_lines_of_a_layout_folder_are_evaluated(tmp_path):
    label = np.zeros((60, 100), np.uint8)
    label[20:30, 10:50] = label[40:50, 10:50] = 2
    for folder, image in (('JPEGImages', Image.new('RGB', (100, 60))),
                          ('SegmentationClassPNG', Image.fromarray(label))):
        (tmp_path / folder).mkdir()
        image.save(tmp_path / folder / ('a.jpg' if folder == 'JPEGImages' else 'a.png'))
    dataset = LayoutDataset([], str(tmp_path), test_mode=True)
    dataset.count_lines = True
    pred = dict(seg_map=label, lines=[[10, 20, 50, 20, 50, 30, 10, 30, .9]])
    assert dataset.pre_eval([pred], [0])[0].lines.tolist() == [2, 1, 1]
    assert dataset.pre_eval([label], [0])[0].lines.tolist() == [2, 2, 2]
    (tmp_path / 'TextLines').mkdir()
    (tmp_path / 'TextLines/a.json').write_text(FILES['json'][1])
    assert dataset.pre_eval([pred], [0])[0].lines.tolist() == [1, 1, 1]
