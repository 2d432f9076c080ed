"""A page by hand: a paragraph, a figure with a hole, a table, a rule, a class that nobody knows."""
import json
import sys
import tracemalloc
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from lxml import etree
from shapely.geometry import Polygon, box

from mmseg.layout import PageLayout, Region

CLASSES = ('background', 'figure', 'text', 'table', 'validline', 'stamp')
PALETTE = ((0, 0, 0), (200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 0, 200), (120, 120, 0))


def region(label: int, polygon: Polygon, confidence: float = 0.9, **fields) -> Region:
    left, top, right, bottom = polygon.bounds
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    return Region(label, CLASSES[label], polygon, confidence, corners, **fields)


@pytest.fixture
def make_region():
    return region


@pytest.fixture
def page() -> PageLayout:
    hole = [(40, 50), (60, 50), (60, 60), (40, 60)]
    return PageLayout(
        size=(120, 100),
        regions=(
            region(2, Polygon([(10, 5), (90, 5), (90, 20), (50, 20), (50, 30), (10, 30)]), 0.875),
            region(4, box(10, 33, 90, 34), 0.5, thickness=1.,
                   centreline=np.array([[10, 33.5], [90, 33.5]])),
            region(1, Polygon(box(10, 40, 90, 70).exterior, [hole]), 0.75),
            region(3, box(10, 75, 90, 100), 1.),
            region(5, box(70, 105, 95, 115), 0.25),
        ),
        classes=CLASSES, palette=PALETTE, page_scores={'document': 0.25, 'slide': 0.75},
        source='scans/seite "1"; ä.pdf', number=2)


@pytest.fixture(scope='module')
def schemas(pytestconfig) -> Path:
    return pytestconfig.rootpath / 'tests' / 'data' / 'schemas'


@pytest.fixture(scope='module')
def page_schema(schemas) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schemas / 'page-2019-07-15.xsd')))


@pytest.fixture(scope='module')
def alto_schema(schemas) -> etree.XMLSchema:
    class Local(etree.Resolver):
        def resolve(self, url, public_id, context):
            if url.endswith('xlink.xsd'):
                return self.resolve_filename(str(schemas / 'xlink.xsd'), context)
            return None

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.parse(str(schemas / 'alto-4-2.xsd'), parser))


@pytest.fixture(scope='module')
def json_schema(pytestconfig) -> jsonschema.Draft202012Validator:
    file = pytestconfig.rootpath / 'docs' / 'schemas' / 'layout.schema.json'
    schema = json.loads(file.read_text(encoding='utf-8'))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def effort():
    """A function that runs another: lines of Python that it executes, and its peak of memory."""
    def measure(function):
        steps = 0

        def trace(frame, event, argument):
            nonlocal steps
            steps += 1
            return trace

        tracemalloc.start()
        try:
            function()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            function()
        finally:
            sys.settrace(before)
        return steps, peak
    return measure
