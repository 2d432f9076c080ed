"""Corpora of labelled pages, converted into the folders that LayoutDataset reads.

A reader makes a :class:`AnnotatedPage` of each annotation, a :class:`ClassMap` says what its
labels mean, :func:`paint` makes the label map and :func:`convert` writes it all into a
:class:`VOCFolder`.
"""
from .class_map import ClassMap, load_class_map, map_names
from .coco import CocoReader, index_coco
from .convert import Outcome, convert
from .folder import VOCFolder
from .images import SUFFIXES, common_suffix
from .labelme import LabelmeReader, find_files
from .page import AnnotatedPage
from .rasterize import Shape, fill_polygon, paint
from .slides import MaskReader
from .xml_files import PageXmlReader, VocXmlReader

__all__ = [
    'AnnotatedPage', 'ClassMap', 'CocoReader', 'LabelmeReader', 'MaskReader', 'Outcome',
    'PageXmlReader', 'SUFFIXES', 'Shape', 'VOCFolder', 'VocXmlReader', 'common_suffix', 'convert',
    'fill_polygon', 'find_files', 'index_coco', 'load_class_map', 'map_names', 'paint',
]
