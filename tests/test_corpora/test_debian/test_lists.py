"""The lists that come with the package."""
from collections import Counter

from mmseg.corpora.debian.checked import EDITS, PAGES, read_checked, read_edits
from mmseg.corpora.debian.packages import read_names
from mmseg.corpora.debian.refusals import LISTS, read_refusals


def test_the_checked_set_is_large_and_varied():
    pages = read_checked(PAGES)
    genres = Counter(page.genre for page in pages)
    assert len(pages) == len({page.page for page in pages}) == 301
    assert len({page.sha256 for page in pages}) == 212
    assert genres['slide'] == 48 and len(genres) == 12
    assert {page.script for page in pages} == {'latin', 'han', 'hangul', 'thai'}


def test_no_document_of_the_checked_set_trains_or_is_held_out():
    trains = read_refusals([LISTS / 'held_out.txt', LISTS / 'validation.txt'])
    held = read_refusals([LISTS / 'held_out.txt'])
    for page in read_checked(PAGES):
        assert trains.package(page.package), page
        assert not held.document(page.package, page.document), page


def test_packages_of_the_checked_set_are_fetched():
    assert {page.package for page in read_checked(PAGES)} <= set(
        read_names(LISTS / 'packages.txt'))


def test_corrections_are_of_pages_in_the_list():
    assert set(read_edits(EDITS)) <= {page.page for page in read_checked(PAGES)}
