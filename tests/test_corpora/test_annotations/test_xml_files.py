"""PAGE-XML of all versions, and Pascal VOC's boxes."""
import pytest

from mmseg.corpora.annotations import PageXmlReader, VocXmlReader, load_class_map, paint
from mmseg.utils.errors import InputError

from .conftest import drawn, write_image

OLD = '''<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2010-03-19" pcGtsId="a">
<Metadata><Creator/></Metadata>
<Page imageFilename="a.tif" imageWidth="8" imageHeight="5">
<TextRegion id="r0" type="paragraph"><Coords><Point x="0" y="0"/><Point x="2" y="0"/>
<Point x="2" y="1"/><Point x="0" y="1"/></Coords>
<TextLine id="l"><Coords><Point x="0" y="0"/><Point x="7" y="0"/><Point x="7" y="4"/></Coords>
</TextLine></TextRegion>
<SeparatorRegion id="r1"><Coords><Point x="0" y="3"/><Point x="7" y="3"/><Point x="7" y="3"/>
<Point x="0" y="3"/></Coords></SeparatorRegion>
</Page></PcGts>'''
NEW = '''<pc:PcGts xmlns:pc="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<!-- a comment --><pc:Page imageFilename="scans/a.tif" imageWidth="8" imageHeight="5">
<pc:PrintSpace><pc:Coords points="0,0 7,0 7,4 0,4"/></pc:PrintSpace>
<pc:ReadingOrder><pc:OrderedGroup id="g"><pc:RegionRefIndexed index="0" regionRef="r"/>
</pc:OrderedGroup></pc:ReadingOrder>
<pc:TableRegion id="r"><pc:Coords points="0,0 3,0 3,2 0,2"/>
<pc:TextRegion id="s"><pc:Coords points="1,1 1,1 2,1"/></pc:TextRegion></pc:TableRegion>
<pc:ImageRegion id="t"><pc:Coords points="5,0 7,0 7,2 5,2"/></pc:ImageRegion>
<pc:TextRegion id="u" type="caption"><pc:Coords points="6,1 7,1 7,4 6,4"/></pc:TextRegion>
<pc:TextRegion id="v"><pc:Coords points="6,1 7,1"/></pc:TextRegion>
<pc:TextRegion id="w"><pc:Coords points="6,1 NaN,1 7,2"/></pc:TextRegion>
</pc:Page></pc:PcGts>'''
VOC = '''<annotation><folder>f</folder><filename>a.tif</filename>
<size><width>8</width><height>5</height><depth>3</depth></size>
<object><name>table</name><pose>Unspecified</pose><bndbox><xmin>1</xmin><ymin>1</ymin>
<xmax>4</xmax><ymax>3</ymax></bndbox></object>
<object><name>natural_image</name><bndbox><xmin>5</xmin><ymin>0</ymin><xmax>8</xmax>
<ymax>2</ymax></bndbox></object>
<object><name>signature</name><bndbox><xmin>0</xmin><ymin>4</ymin><xmax>8</xmax>
<ymax>5</ymax></bndbox></object></annotation>'''


def read(tmp_path, text, reader=PageXmlReader, corpus='prima', image='a.tif'):
    write_image(tmp_path / 'img' / image, 8, 5)
    (tmp_path / 'xml').mkdir(exist_ok=True)
    (tmp_path / 'xml' / 'a.xml').write_text(text)
    page = reader(str(tmp_path / 'xml'), str(tmp_path / 'img'), load_class_map(corpus))('a.xml')
    return page, drawn(paint(page.shapes, (5, 8), load_class_map(corpus)).label)


def test_points_as_elements(tmp_path):
    page, label = read(tmp_path, OLD)
    assert (page.name, page.size, page.page_type) == ('a', (5, 8), 'document')
    assert label == ['ttt.....', 'ttt.....', '........', '--------', '........']
    assert [shape.label for shape in page.shapes] == ['TextRegion:paragraph', 'SeparatorRegion']


def test_points_as_an_attribute(tmp_path):
    page, label = read(tmp_path, NEW)
    assert label == ['bbbb.fff', 'bbbb.ftt', 'bbbb.ftt', '......tt', '......tt']
    assert dict(page.skipped) == {'outlines with fewer than 3 points': 1,
                                  'outlines whose coordinates are not numbers': 1}


def test_blanks_next_to_commas(tmp_path):
    _, label = read(tmp_path, NEW.replace('5,0 7,0 7,2 5,2', ' 5 ,0\n7, 0\t7 , 2   5,\n2 '))
    assert label == ['bbbb.fff', 'bbbb.ftt', 'bbbb.ftt', '......tt', '......tt']


def test_a_kind_of_text_can_have_a_line_of_its_own(tmp_path):
    (tmp_path / 'm.yaml').write_text('regions: {"TextRegion:caption": ignore, TextRegion: text, '
                                     'ImageRegion: figure, TableRegion: table}')
    _, label = read(tmp_path, NEW, corpus=str(tmp_path / 'm.yaml'))
    # what is ignored lies below figures, unless the map says otherwise
    assert label[1:4] == ['bbbb.fff', 'bbbb.fff', '......xx']


def test_boxes_of_voc(tmp_path):
    page, label = read(tmp_path, VOC, VocXmlReader, 'iiit_ar_13k')
    assert label == ['xxxxxfff', 'xbbbxfff', 'xbbbxxxx', 'xxxxxxxx', 'xxxxxxxx']
    assert page.size == (5, 8)


def test_an_image_of_another_name(tmp_path):
    page, _ = read(tmp_path, VOC.replace('a.tif', 'elsewhere.png'), VocXmlReader, 'iiit_ar_13k',
                   image='a.JPG')
    assert page.image.endswith('img/a.JPG')
    (tmp_path / 'img' / 'a.JPG').unlink()
    (tmp_path / 'xml' / 'a.xml').write_text(VOC)
    reader = VocXmlReader(str(tmp_path / 'xml'), str(tmp_path / 'img'), load_class_map('prima'))
    with pytest.raises(InputError, match="a.xml is for the image 'a.tif', which is not in"):
        reader('a.xml')


@pytest.mark.parametrize('reader, text, words', [
    (PageXmlReader, VOC, 'not PAGE-XML: expected PcGts with a Page in it, got annotation'),
    (VocXmlReader, OLD, 'not an annotation of Pascal VOC: .* got PcGts'),
    (PageXmlReader, '<PcGts>', 'not valid XML'),
    (VocXmlReader, VOC.replace('<name>table</name>', ''), 'an object without a name')])
def test_other_formats(tmp_path, reader, text, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, text, reader)


def test_entities_are_left_alone(tmp_path):
    (tmp_path / 'secret').write_text('table')
    text = (f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
            + VOC.replace('<name>table</name>', '<name>&e;</name>'))
    with pytest.raises(InputError, match='an object without a name'):
        read(tmp_path, text, VocXmlReader, 'iiit_ar_13k')


HEAD = ('<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
        '<Page imageFilename="{}" imageWidth="8" imageHeight="5">')
LINES = ('<TextLine id="l"><Coords points="0,0 3,0 3,1 0,1"/></TextLine>'
         '<TextLine id="m"><Word id="w"><Coords points="0,2 1,2 1,2 0,2"/></Word>'
         '<Word id="x"><Coords points="3,2 4,2 4,2 3,2"/></Word></TextLine>')


@pytest.mark.parametrize('outline', ['', '<Coords points=""/>', '<Coords points="0,0 1,1"/>'])
def test_a_region_without_an_outline_has_those_of_its_parts(tmp_path, outline):
    page, label = read(tmp_path, HEAD.format('a.tif') + f'<TextRegion id="r">{outline}{LINES}'
                       '</TextRegion></Page></PcGts>')
    assert label == ['tttt....', 'tttt....', 'tt.tt...', '........', '........']
    assert dict(page.notes) == {
        'regions as the outlines of their lines, since they have none themselves': 1}
    assert not page.skipped


@pytest.mark.parametrize('point', ['1e20,1', '1,-1e20', 'inf,1', 'nan,1', '1' * 400 + ',1'])
def test_points_that_no_page_has_are_counted_and_not_drawn_to(tmp_path, point):
    page, label = read(tmp_path, HEAD.format('a.tif') + f'<TextRegion id="r"><Coords points="0,0 '
                       f'3,0 {point}"/></TextRegion></Page></PcGts>')
    assert set(''.join(label)) == {'.'}
    assert dict(page.skipped) == {'outlines whose coordinates are not numbers': 1}


def test_a_separator_of_two_points_is_a_line(tmp_path):
    page, label = read(tmp_path, HEAD.format('a.tif') + '<SeparatorRegion id="r"><Coords '
                       'points="1,3 6,3"/></SeparatorRegion></Page></PcGts>')
    assert label == ['........'] * 3 + ['.------.', '........']
    assert not page.skipped


def test_a_region_without_any_outline_is_counted(tmp_path):
    page, _ = read(tmp_path, HEAD.format('a.tif') + '<TextRegion id="r"/></Page></PcGts>')
    assert dict(page.skipped) == {'regions without an outline': 1}


@pytest.mark.parametrize('named, stored', [
    ('page..0001.png', 'page..0001.png'), ('e\u0301.PNG', '\u00e9.png'), ('p\\a.png', 'p/a.png'),
    ('12:30.png', '12:30.png'), ('gone.png', 'a.TIF')])
def test_names_of_images(tmp_path, named, stored):
    page, _ = read(tmp_path, HEAD.format(named) + '</Page></PcGts>', image=stored)
    assert page.image == str(tmp_path / 'img' / stored)


@pytest.mark.parametrize('named', ['../secret.png', '/etc/secret.png'])
def test_images_outside_the_folder(tmp_path, named):
    write_image(tmp_path / 'secret.png', 8, 5)
    with pytest.raises(InputError, match='which is not in'):
        read(tmp_path, HEAD.format(named) + '</Page></PcGts>', image='b.tif')
