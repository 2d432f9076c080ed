"""Class maps: those of the corpora, and those of users."""
import pytest

from mmseg.corpora.annotations import load_class_map, map_names
from mmseg.utils.errors import InputError

FIVE = ['background', 'figure', 'text', 'table', 'validline']


def targets(name, *labels):
    class_map = load_class_map(name)
    return [class_map.find(label) for label in labels]


@pytest.mark.parametrize('name, number, labelled, page_type', [
    ('publaynet', 5, FIVE[:4], 'document'), ('doclaynet', 11, FIVE[:4], None),
    ('d4la', 28, FIVE[:4], None), ('m6doc', 75, FIVE, 'document'),
    ('tablebank', 1, ['table'], 'document'), ('cdla', 11, FIVE[:4], 'document'),
    ('prima', 17, FIVE, 'document'), ('iiit_ar_13k', 5, ['figure', 'table'], 'document')])
def test_the_maps_of_corpora(name, number, labelled, page_type):
    class_map = load_class_map(name)
    assert len(class_map.regions) == number
    assert list(class_map.labels) == labelled
    assert class_map.page_type == page_type
    assert class_map.rest == (0 if 'background' in labelled else 255)


def test_all_maps_paint_separators_last():
    for name in map_names():
        order = [part for part in load_class_map(name).order if part in FIVE[1:]]
        assert order == [part for part in FIVE[1:] if part in order]


def test_labels_as_the_corpora_have_them():
    assert targets('doclaynet', 'Picture', 'Table', 'List-item', 'Page-footer', 'Formula') == [
        'figure', 'table', 'text', 'text', 'text']
    assert targets('m6doc', 'QR code', 'mugshot', 'sealing line', 'underscore', 'bracket', 'blank',
                   'advertisement', 'flag', 'first-level title') == [
        'figure', 'figure', 'validline', 'validline', 'ignore', 'ignore', 'ignore', 'figure',
        'text']
    assert targets('d4la', 'RegionKV', 'Regionlist', 'Figure', 'FigureName') == [
        'text', 'text', 'figure', 'text']
    assert targets('iiit_ar_13k', 'natural_image', 'natural image', 'logo', 'text') == [
        'figure', 'figure', 'figure', None]
    assert targets('prima', 'TextRegion:drop-capital', 'SeparatorRegion', 'OtherRegion') == [
        'text', 'validline', 'ignore']
    assert targets('cdla', 'Figure caption', 'Figure', '__ignore__') == ['text', 'figure', 'ignore']


def write(tmp_path, text, name='mine.yaml'):
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


def test_a_map_of_a_user(tmp_path):
    file = write(tmp_path, '''
classes: [background, picture, line]
labels: [picture]
regions: {Photo: picture, "text:caption": ignore, text: ignore, rule: ignore}
order: [picture, ignore]
page_classes: [letter, form]
page_type: {key: kind, types: {A: form, 7: letter}, else: letter}
line_width: 2.5
''')
    class_map = load_class_map(file)
    assert class_map.classes == ('background', 'picture', 'line')
    assert class_map.order == ('background', 'picture', 'ignore')
    assert (class_map.find('PHOTO'), class_map.value_of('picture')) == ('picture', 1)
    assert (class_map.rest, class_map.value_of('ignore'), class_map.line_width) == (255, 255, 2.5)
    assert [class_map.type_of({'kind': kind}) for kind in ('A', 7, 'B')] == [
        'form', 'letter', 'letter']
    assert load_class_map(write(tmp_path, '{"regions": {"a": "text"}}', 'm.json')).find('A') \
        == 'text'


@pytest.mark.parametrize('text, words', [
    ('regions: [', 'is not valid YAML'),
    ('labels: [text]', "needs the key 'regions'"),
    ('regions: {a: txet}', r"'txet' \(did you mean 'text'\?\)"),
    ('regions: {a: text}\nlable: [text]', r"has the key 'lable' \(did you mean 'labels'\?\)"),
    ('regions: {a: text}\nlabels: [table]', "makes 'a' a text, which is not under labels"),
    ('regions: {a: text}\norder: [table]', 'lacks text'),
    ('regions: {a: text}\norder: [text, text]', 'list of different names'),
    ('regions: {a: text}\nline_width: 0', 'at least 1 pixel and at most 1000, got 0'),
    ('regions: {a: text}\nline_width: .inf', 'at least 1 pixel and at most 1000, got inf'),
    ('regions: {a: text}\npage_type: slides', r"did you mean 'slide'\?"),
    ('regions: {a: text}\nvalues: [1]', r'values of .* must map one to the other, got \[1\]'),
    ('regions: {a: text}\npage_type: {key: k, types: 3}', 'types of page_type of .* must map'),
    ('regions: {a: text}\npage_type: [slide]', 'must be a page type or key, types and else')])
def test_what_is_wrong_in_a_map(tmp_path, text, words):
    with pytest.raises(InputError, match=words) as raised:
        load_class_map(write(tmp_path, text))
    assert 'mine.yaml' in str(raised.value) and '\n' not in str(raised.value)


def test_a_map_that_is_not_there():
    with pytest.raises(InputError, match=r"'pubaynet' \(did you mean 'publaynet'\?\)"):
        load_class_map('pubaynet')


def test_what_changes_labels_changes_the_digest(tmp_path):
    one = load_class_map(write(tmp_path, 'regions: {a: text}'))
    same = load_class_map(write(tmp_path, '# a\nregions: {A: text}\npage_type: slide', 'b.yaml'))
    other = load_class_map(write(tmp_path, 'regions: {a: table}', 'c.yaml'))
    assert one.digest() == same.digest() != other.digest()
