"""Which pages are chosen, out of surveys that are made up."""
import hashlib
from collections import Counter

import pytest

from mmseg.corpora.debian.choose import Caps, choose_pages
from mmseg.corpora.debian.fingerprints import Texts, text_sketch
from mmseg.corpora.debian.refusals import Refusals

from .conftest import A4, BEAMER, words

NOTHING = Refusals(frozenset(), frozenset())
TABLE, FIGURE, RULE = {'same_rules': 3, 'level': 3}, {'image': .2, 'images': 1}, {'level': 1}


def page(number, seed, size=A4, **facts):
    return {'number': number, 'size': list(size), 'chars': 900, 'script': 'latin', 'images': 0,
            'image': 0., 'drawn': 0, 'filled': 0, 'level': 0, 'upright': 0, 'same_rules': 0,
            'texts': 9, 'font': 'CMR10', 'sketch': text_sketch(' '.join(words(seed, 60))), **facts}


def document(name, pages=8, size=A4, rich=(), creator='TeX', **facts):
    """A document of different pages, the first of which hold ``rich``."""
    seen = [page(number, f'{name}{number}', size, **{**facts, **(rich[number] if number < len(
        rich) else {})}) for number in range(pages)]
    content = hashlib.sha256(name.encode()).hexdigest()
    return {'file': f'{name}.pdf', 'sha256': content, 'pages': pages, 'producer': 'pdfTeX',
            'creator': creator, 'title': '', 'seen': seen}


def choose(surveys, refusals=NOTHING, held=None, caps=None, seed=0):
    return choose_pages(surveys, refusals, held or Texts(), caps or Caps(), seed)


def files(choice):
    return sorted(pages[0].file for pages in choice.documents)


def test_a_document_gives_so_many_pages_and_its_rich_ones_among_them():
    choice = choose({'a': [document('x', 12, rich=[TABLE, FIGURE, RULE])]},
                    caps=Caps(pages=5, rich=3))
    (pages,) = choice.documents
    assert len(pages) == 5
    assert [candidate.content for candidate in pages[:3]] == ['table', 'figure', 'rule']
    assert [candidate.number for candidate in pages[:3]] == [0, 1, 2]


def test_plain_pages_are_chosen_too_where_all_others_are_rich():
    rich = [TABLE] * 10
    choice = choose({'a': [document(f'x{n}', 12, rich=rich) for n in range(30)]})
    kinds = Counter(candidate.content for pages in choice.documents for candidate in pages)
    assert kinds['plain'] > 5


def test_same_seed_same_choice_in_any_order_of_the_survey():
    lines = [document(f'x{n}') for n in range(20)]
    first = choose({'a': lines, 'b': [document('y')]}, caps=Caps(look=10))
    assert choose({'b': [document('y')], 'a': lines[::-1]}, caps=Caps(look=10)) == first
    assert choose({'a': lines, 'b': [document('y')]}, caps=Caps(look=10), seed=1) != first


def test_documents_and_packages_that_are_held_out_by_name():
    refusals = Refusals(frozenset({'b'}), frozenset({'y'}))
    choice = choose({'a': [document('x'), document('y')], 'b': [document('z')]}, refusals)
    assert files(choice) == ['x.pdf']
    assert choice.refused['document held out by name'] == 2


def test_pages_like_ones_held_out_are_refused_and_documents_with_many_of_them():
    held = Texts()
    for name in ('x3', 'y0', 'y5'):
        held.add('held', text_sketch(' '.join(words(name, 60)[2:])))
    choice = choose({'a': [document('x'), document('y')]}, held=held, caps=Caps(pages=8))
    (pages,) = choice.documents
    assert pages[0].file == 'x.pdf' and [page.number for page in pages] == [0, 1, 2, 4, 5, 6, 7]
    assert choice.refused == {'page like one held out (text)': 1,
                              'document like one held out (text)': 1}


def test_the_same_file_and_the_same_text_in_another_package_count_once():
    copy = {**document('x'), 'file': 'copy.pdf'}
    translated = {**copy, 'file': 'other.pdf', 'sha256': 'f' * 64}
    choice = choose({'a': [document('x')], 'b': [copy], 'c': [translated]}, caps=Caps(pages=5))
    assert len(choice.documents) <= 2
    assert sum(map(len, choice.documents)) == 8
    assert choice.refused['document is the same file as another'] == 1


def test_caps_of_looks_and_families():
    same = [document(f'x{n}') for n in range(12)]
    assert len(choose({'texlive-a': same}, caps=Caps(look=7)).documents) == 7
    others = [document(f'y{n}', font=f'F{n}') for n in range(12)]
    assert len(choose({'tool-doc': others[:6], 'tool-doc-de': others[6:]},
                      caps=Caps(family=5)).documents) == 5


def test_every_beginning_has_its_share_of_slides():
    slides = [document(f's{n}', 6, BEAMER, creator='LaTeX with Beamer class') for n in range(60)]
    choice = choose({'texlive-a': slides + [document(f'x{n}') for n in range(300)]},
                    caps=Caps(look=400))
    for length in (40, 100, 200):
        pages = [candidate for pages in choice.documents[:length] for candidate in pages]
        share = sum(candidate.genre == 'slide' for candidate in pages) / len(pages)
        assert share == pytest.approx(.2, abs=.03)


def test_genres_and_scripts_take_turns():
    surveys = {'manuals': [document(f'x{n}') for n in range(40)],
               'r-cran-x': [document(f'v{n}') for n in range(40)],
               'russian': [document(f'c{n}', script='cyrillic') for n in range(40)]}
    choice = choose(surveys, caps=Caps(look=99, family=99))
    first = Counter(pages[0].package for pages in choice.documents[:45])
    assert first == {'manuals': 25, 'r-cran-x': 12, 'russian': 8}


def test_documents_with_tables_come_early():
    surveys = {'a': [document(f'x{n}', 3, rich=[TABLE] if n % 4 == 0 else []) for n in range(80)]}
    order = [any(candidate.content == 'table' for candidate in pages)
             for pages in choose(surveys, caps=Caps(look=99, family=99)).documents]
    assert sum(order) == 20 and sum(order[:40]) >= 16


def test_single_drawings_and_wide_pages_that_are_not_slides_are_left_out():
    plot = document('plot', 1, (460, 345), creator='Matplotlib')
    screen = document('screen', 9, (600, 450), chars=1500)
    choice = choose({'a': [plot, screen, document('x')]})
    assert files(choice) == ['x.pdf']
    assert choice.refused == {'document is a drawing': 1, 'document is a landscape': 1}


def test_documents_that_cannot_be_read_are_counted():
    choice = choose({'a': [{'file': 'x.pdf', 'skipped': 'it is encrypted'}, document('y')]})
    assert choice.refused == {'document cannot be read': 1}
