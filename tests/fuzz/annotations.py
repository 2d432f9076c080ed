"""Groups: the files that a data set or a converter of annotations reads."""
from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from mmseg.corpora.annotations import (
    CocoReader,
    LabelmeReader,
    PageXmlReader,
    VocXmlReader,
    index_coco,
    load_class_map,
    paint,
)
from mmseg.corpora.annotations.images import Picture
from mmseg.datasets import CustomDataset, LayoutDataset, TextLineDataset
from mmseg.layout.score_blocks import read_blocks

from .group import CLASSES, PAGES, PIPELINE, Group, as_json, read_all, voc_folder

_SPLIT = 'ImageSets/Segmentation/train.txt'


def _read_split(folder: Path) -> None:
    read_all(CustomDataset(PIPELINE, 'JPEGImages', ann_dir='SegmentationClassPNG', split=_SPLIT,
                           data_root=str(folder), classes=CLASSES))


def _read_layout(folder: Path) -> None:
    dataset = LayoutDataset(PIPELINE, str(folder), split='train')
    read_all(dataset)
    dataset.evaluate([dict(seg_map=np.zeros((4, 6), int), cls_label=0,
                           cls_scores=np.array([1., 0.]))] * len(dataset)
                     if dataset.PAGE_CLASSES else [np.zeros((4, 6), int)] * len(dataset))


def _convert(page: Any, corpus: str) -> None:
    """What the converters do with a page."""
    picture = Picture(page.image, page.size, page.where)
    paint(page.shapes, picture.size, load_class_map(corpus))


def _png(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, 'PNG')
    return stream.getvalue()


def _one_picture(folder: Path) -> None:
    (folder / 'a.png').write_bytes(_png(np.full((8, 9, 3), 200, np.uint8)))


def _labelme() -> list[Any]:
    def shape(label: str, points: Any, kind: str = 'polygon', **more: Any) -> dict[str, Any]:
        return dict(label=label, points=points, shape_type=kind, flags={}, group_id=None, **more)

    mask = base64.b64encode(_png(np.full((2, 3), 255, np.uint8))).decode()
    embedded = base64.b64encode(_png(np.full((8, 9, 3), 200, np.uint8))).decode()
    shapes = [shape('text', [[0, 0], [2, 0], [2, 1], [0, 1]]),
              shape('figure', [[5, 2], [4, 0]], 'rectangle'),
              shape('figure', [[5, 2], [4, 0]], 'circle'),
              shape('validline', [[0, 3.5], [6, 3.5]], 'linestrip'),
              shape('table', [[2, 0], [5, 2]], 'mask', mask=mask),
              shape('_background_', [[1, 1], [2, 1], [2, 2]], 'oriented_rectangle')]
    whole = dict(version='5.0.1', flags=dict(slide=True), shapes=shapes, imagePath='a.png',
                 imageData=None, imageHeight=8, imageWidth=9)
    return [whole, {**whole, 'imagePath': 'none.png', 'imageData': embedded}]


def _coco() -> list[Any]:
    regions = [dict(segmentation=[[0, 0, 2, 0, 2, 1, 0, 1]], bbox=[0, 0, 2, 1]),
               dict(segmentation=[], bbox=[4, 1, 2, 2], category_id=5),
               dict(segmentation=dict(size=[8, 9], counts=[15, 1, 56]), iscrowd=1),
               dict(segmentation=dict(size=[8, 9], counts='?1h1'), bbox=[1, 1, 2, 2], iscrowd=1)]
    return [dict(info={}, annotations=[dict(dict(id=number, image_id=7, category_id=1), **region)
                                       for number, region in enumerate(regions)],
                 categories=[dict(id=1, name='text'), dict(id=5, name='figure')],
                 images=[dict(id=7, file_name='a.png', width=9, height=8, page_number=1),
                         dict(id=8, file_name='a.png', width=9, height=8, precedence=1)])]


def _read_coco(folder: Path) -> None:
    file = str(folder / 'c.json')
    index = index_coco(file)
    read = CocoReader(file, str(folder), index.categories, load_class_map('publaynet'))
    for item in index.pages:
        _convert(read(item), 'publaynet')


PAGE = '''<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Metadata><Creator>mmseg 1</Creator></Metadata>
<Page imageFilename="a.png" imageWidth="9" imageHeight="8">
<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="r"/></OrderedGroup>
</ReadingOrder><TextRegion id="r" type="paragraph" custom="holes {points:1,1 2,1 2,2|3,3 4,3 4,4;}">
<Coords points="0,0 7,0 7,5 0,5"/><TextLine id="l" readingDirection="right-to-left">
<Coords points="0,0 7,0 7,4"/><TextEquiv><Unicode>a</Unicode></TextEquiv></TextLine></TextRegion>
<SeparatorRegion id="s"><Coords><Point x="0" y="3"/><Point x="7" y="3"/><Point x="7" y="4"/>
</Coords></SeparatorRegion></Page></PcGts>'''
_VOC = '''<annotation><folder>f</folder><filename>a.png</filename>
<size><width>9</width><height>8</height><depth>3</depth></size>
<object><name>table</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>3</ymax></bndbox>
</object></annotation>'''
ALTO = '''<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout><Page WIDTH="9" HEIGHT="8">
<PrintSpace><TextBlock ID="b"><Shape><Polygon POINTS="0,0 8,0 8,7"/></Shape>
<TextLine HPOS="1" VPOS="1" WIDTH="6" HEIGHT="3" BASELINE="1,3 6,3"><String CONTENT="a"/></TextLine>
<TextLine><Shape><Polygon POINTS="0,0 8,0 8,7"/></Shape></TextLine></TextBlock></PrintSpace></Page>
</Layout></alto>'''
_LINES = dict(lines=[dict(polygon=[[0, 0], [6, 0], [6, 3], [0, 3]], direction='ltr', text='a'),
                     dict(polygon=[[0, 4], [6, 4], [6, 7], [0, 7]], ignored=True)])
_MAP = dict(classes=list(CLASSES), labels=list(CLASSES[1:]), line_width=3,
            regions={'Text': 'text', 'Picture': 'figure', 'x': 'ignore'}, order=['text', 'figure',
                                                                             'ignore'],
            page_classes=['document', 'slide'], values={'#ff0000': 'Text'},
            page_type=dict(key='kind', types={'a': 'slide'}, **{'else': 'document'}))
_TEXTS = {
    'icdar2015': '0,0,6,0,6,3,0,3,text, more\n0,4,6,4,6,7,0,7,###\n',
    'totaltext': "x: [[0 6 6 0]], y: [[0 0 3 3]], ornt: [u'c'], transcriptions: [u'abc']\n",
    'ctw1500': '0,0,1,0,2,0,3,0,4,0,5,0,6,0,6,3,5,3,4,3,3,3,2,3,1,3,0,3,####abc\n',
    'td500': '0 0 1 1 5 3 0.1\n1 1 1 1 5 3 -0.1\n',
}


def _line_group(form: str, file: str, sample: Any, write: Callable[[Any], Any] = str) -> Group:
    def prepare(folder: Path) -> None:
        for name in ('img', 'ann'):
            (folder / name).mkdir()
        (folder / 'img/a.png').write_bytes(_png(np.full((8, 9, 3), 200, np.uint8)))

    def read(folder: Path) -> None:
        dataset = TextLineDataset([dict(type='LoadImageFromFile')], str(folder / 'img'),
                                  str(folder / 'ann'), form)
        read_all(dataset)
        dataset.get_gt_seg_map_by_idx(0)

    return Group(f'ann/{file}', lambda: [sample], read, write, prepare)


def _of_voc(file: str, samples: Callable[[], list[Any]], read: Callable[[Path], None],
            write: Callable[[Any], Any] = str) -> Group:
    return Group(file, samples, read, write, voc_folder)


def _of_picture(file: str, samples: Callable[[], list[Any]], read: Callable[[Path], None],
                write: Callable[[Any], Any] = str) -> Group:
    return Group(file, samples, read, write, _one_picture)


def _label_masks() -> list[bytes]:
    label = np.tile(np.arange(6, dtype=np.uint8) % 5, (4, 1))
    picture = Image.fromarray(label)
    streams = []
    for mode, kind in (('L', 'PNG'), ('P', 'PNG'), ('L', 'TIFF')):
        stream = io.BytesIO()
        picture.convert(mode).save(stream, kind)
        streams.append(stream.getvalue())
    deep = io.BytesIO()
    Image.fromarray(label.astype(np.uint16)).save(deep, 'PNG')
    return [*streams, deep.getvalue()]


ANNOTATIONS = {
    'split file': _of_voc(_SPLIT, lambda: ['a\nb\n', '\ufeffa\r\nb\r\n\r\nc'], _read_split),
    'class_names': _of_voc('class_names.txt', lambda: ['\n'.join(CLASSES) + '\n',
                                                       '__ignore__\n_background_\na\nb\nc\nd\n'],
                           _read_layout),
    'page types': _of_voc('cls_label.json', lambda: [{f'{page}.jpg': 0 for page in PAGES},
                                                     {'a': 'slide', 'b': 'document'}],
                          _read_layout, as_json),
    'label masks': _of_voc('SegmentationClassPNG/a.png', _label_masks, _read_layout),
    'labelme': _of_picture('a.json', _labelme, lambda folder: _convert(
        LabelmeReader(str(folder), load_class_map('labelme'))('a.json'), 'labelme'), as_json),
    'COCO': _of_picture('c.json', _coco, _read_coco, as_json),
    'PAGE-XML': _of_picture('a.xml', lambda: [PAGE, PAGE.replace('mmseg', 'other')],
                            lambda folder: _convert(
        PageXmlReader(str(folder), str(folder), load_class_map('prima'))('a.xml'), 'prima')),
    'PAGE-XML blocks': _of_picture('a.xml', lambda: [PAGE],
                                   lambda folder: read_blocks(folder / 'a.xml')),
    'VOC-XML': _of_picture('a.xml', lambda: [_VOC], lambda folder: _convert(
        VocXmlReader(str(folder), str(folder), load_class_map('iiit_ar_13k'))('a.xml'),
        'iiit_ar_13k')),
    'class maps': Group('m.yaml', lambda: [_MAP], lambda folder: load_class_map(
        str(folder / 'm.yaml')), yaml.safe_dump),
    'ALTO': _line_group('alto', 'a.xml', ALTO),
    'PAGE-XML lines': _line_group('page', 'a.xml', PAGE),
    'line JSON': _line_group('json', 'a.json', _LINES, as_json),
    **{f'lines {form}': _line_group(form, 'a.gt' if form == 'td500' else 'gt_a.txt', text)
       for form, text in _TEXTS.items()},
}
