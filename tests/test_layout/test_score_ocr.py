"""Wrong characters by hand; the engine is a script that reads nothing or what it is told."""
import numpy as np
import pytest

from mmseg.layout import RegionOptions
from mmseg.layout.score_ocr import OcrScore, character_errors, plain, read_text, score_ocr
from mmseg.utils.errors import InputError

WHITE = np.full((20, 40, 3), 255, np.uint8)


@pytest.mark.parametrize('text, true, errors', [
    ('', '', 0), ('', 'abc', 3), ('abc', '', 3), ('kitten', 'sitting', 3), ('ab', 'ba', 2),
    ('left right', 'right left', 8), ('a日本b', 'a日木b', 1)])
def test_errors_are_insertions_deletions_and_replacements(text, true, errors):
    assert character_errors(text, true) == errors


def test_spaces_ligatures_and_hyphens_of_pdfium_do_not_count():
    assert plain(' \ufb01ne\r\n  hy\ufffephen\x0c') == 'fine hy-phen'


def test_rates_are_shares_of_the_true_characters():
    assert OcrScore('a.pdf#page=2', 200, 10, 300).rates() == (.05, 1.5)


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A function that puts a program ``tesseract`` with this text on the path."""
    def put(script):
        path = tmp_path / 'tesseract'
        path.write_text('#!/bin/sh\n' + script)
        path.chmod(0o755)
        monkeypatch.setenv('PATH', f'{tmp_path}:/usr/bin:/bin')
    return put


def test_pictures_are_read_in_their_order(engine):
    engine('while read -r name; do basename "$name"; done < "$1"; shift; echo "$@"')
    read = read_text([WHITE, WHITE], 7, 'eng+deu', 200)
    assert read.split('\n') == ['00000.png', '00001.png',
                                'stdout --psm 7 --dpi 200 -l eng+deu -c page_separator=', '']
    assert read_text([], 7, 'eng', 200) == ''


def test_what_the_engine_complains_of_is_said(engine, monkeypatch):
    engine("echo 'Failed loading language xyz' >&2; exit 1")
    with pytest.raises(InputError, match='tesseract failed: Failed loading language xyz'):
        read_text([WHITE], 3, 'xyz', 200)
    monkeypatch.setenv('PATH', '/nowhere')
    with pytest.raises(InputError, match='tesseract was not found: install it'):
        read_text([WHITE], 3, 'eng', 200)


def test_pages_are_named_by_their_number(tmp_path):
    with pytest.raises(InputError, match=r'a page is named as paper.pdf#page=6, got a.pdf#page=x'):
        score_ocr(None, 'a.pdf#page=x', RegionOptions())
