import pytest

from mmseg.corpora.pdf.documents import (
    chosen_pages,
    find_documents,
    page_type,
    parse_page_types,
    split_documents,
)
from mmseg.utils.errors import InputError

KINDS = ('document', 'slide')


def test_documents_are_found_below_the_folder_and_named_by_their_content(draw):
    for name in ('b é.pdf', 'a/one.PDF', 'a/two.pdf'):
        page = draw(name)
        page.text(50, 100, name if name != 'a/two.pdf' else 'a/one.PDF')
        page.save()
    (draw.folder / 'notes.txt').write_text('no PDF')
    one, two, b = find_documents(draw.folder)
    assert (one.file, one.pages, one.skipped) == ('a/one.PDF', 1, None)
    assert one.name == f'one_{one.content[:8]}' and len(one.content) == 64
    assert (two.pages, two.skipped) == (0, 'the same file as a/one.PDF')
    assert b.name == f'b_{b.content[:8]}'
    assert find_documents(draw.folder / 'a' / 'one.PDF') == [
        type(one)('one.PDF', one.name, one.content, 1)]


def test_files_that_cannot_be_read_carry_the_reason(draw):
    draw('good.pdf').save()
    draw('secret.pdf', encrypt='word').save()
    (draw.folder / 'empty.pdf').write_bytes(b'')
    (draw.folder / 'cut.pdf').write_bytes((draw.folder / 'good.pdf').read_bytes()[:200])
    assert {document.file: document.skipped for document in find_documents(draw.folder)} == {
        'cut.pdf': 'is not a PDF, or a broken one', 'empty.pdf': 'is empty (0 bytes)',
        'good.pdf': None, 'secret.pdf': 'is encrypted: save it without its password'}


def test_a_folder_without_pdfs_is_named(tmp_path):
    with pytest.raises(InputError, match='no PDF found in'):
        find_documents(tmp_path)
    with pytest.raises(InputError, match='is not a folder of PDFs'):
        find_documents(tmp_path / 'nowhere')


def test_few_pages_of_a_long_document_are_spread_evenly():
    assert chosen_pages(3, None) == chosen_pages(3, 5) == [0, 1, 2]
    assert chosen_pages(101, 3) == [0, 50, 100]
    assert chosen_pages(10, 1) == [0]


def test_a_document_keeps_its_split_when_others_come():
    few = {f'{n:064x}': 1 for n in range(50)}
    many = {f'{n:064x}': 1 for n in range(100)}
    split = split_documents(many, 0.2, seed=0)
    assert split_documents(few, 0.2, seed=0) == {name: split[name] for name in few}
    assert 10 <= list(split.values()).count('val') <= 30
    assert split_documents(many, 0.2, seed=1) != split
    assert set(split_documents(many, 0., seed=0).values()) == {'train'}


def test_no_split_is_empty_where_two_documents_are():
    for seed in range(10):
        for val in (0.01, 0.99):
            split = split_documents({'a': 3, 'b': 1, 'without': 0}, val, seed)
            assert sorted(split.values()) == ['train', 'val'] and 'without' not in split
    assert split_documents({'a': 3}, 0.01, 0) == {'a': 'train'}


@pytest.mark.parametrize('size, kind', [
    ((842, 595), 0), ((540, 720), 1), ((450, 800), 1), ((500, 800), 1), ((595, 842), 0),
    ((612, 792), 0), ((500, 500), 0), ((100, 500), 0)])
def test_the_shape_of_a_page_tells_slides(size, kind):
    assert page_type('a.pdf', [size], [], KINDS) == [kind]


def test_one_turned_page_does_not_make_slides():
    tall, wide = (800, 600), (600, 800)
    assert page_type('a.pdf', [tall, wide, tall], [], KINDS) == [0, 0, 0]
    assert page_type('a.pdf', [wide, tall, wide], [], KINDS) == [1, 0, 1]


def test_patterns_override_the_shape_the_first_one_counts():
    rules = parse_page_types(['talks/old/*=document', 'talks=slide', '*.x.pdf=slide'], KINDS)
    tall = [(800, 600)]
    assert page_type('talks/a.pdf', tall, rules, KINDS) == [1]
    assert page_type('talks/b/a.pdf', tall, rules, KINDS) == [1]
    assert page_type('talks/old/a.pdf', [(600, 800)], rules, KINDS) == [0]
    assert page_type('b.x.pdf', tall, rules, KINDS) == [1]
    assert page_type('talks.pdf', tall, rules, KINDS) == [0]


def test_page_types_that_are_none():
    with pytest.raises(InputError, match="did you mean 'slide'"):
        parse_page_types(['a/*=slides'], KINDS)
    with pytest.raises(InputError, match='PATTERN=TYPE'):
        parse_page_types(['slide'], KINDS)
