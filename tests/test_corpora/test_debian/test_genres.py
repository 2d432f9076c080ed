"""Genres, scripts and contents told from a survey."""
import pytest

from mmseg.corpora.debian.genres import content_of, family_of, genre_of, script_of

from .conftest import A4, BEAMER
from .test_choose import FIGURE, RULE, TABLE, document, page


@pytest.mark.parametrize('package, name, genre', [
    ('texlive-latex-extra-doc', 'latex/moderncv/template', 'cv'),
    ('texlive-latex-extra-doc', 'latex/newlfm/letter1', 'letter'),
    ('texlive-latex-extra-doc', 'latex/exsheets/klausur', 'exam'),
    ('texlive-latex-extra-doc', 'latex/example', 'manual'),
    ('texlive-publishers-doc', 'latex/acmart/acmart', 'paper'),
    ('texlive-publishers-doc', 'latex/ut-thesis/sample', 'thesis'),
    ('r-cran-survival', 'doc/survival', 'vignette'),
    ('live-manual-pdf', 'live-manual.portrait.en.letter', 'manual'),
    ('octave-doc', 'refcard-a4', 'refcard')])
def test_genre_by_name(package, name, genre):
    assert genre_of(package, document(name)) == genre


@pytest.mark.parametrize('facts, genre', [
    (dict(size=BEAMER), 'slide'),
    (dict(size=(500, 375), chars=300), 'slide'),
    (dict(size=(500, 375), chars=300, pages=1), 'drawing'),
    (dict(size=(500, 375), chars=1500), 'landscape'),
    (dict(size=A4[::-1], chars=300), 'landscape'),
    (dict(size=A4[::-1], chars=2500), 'manual'),
    (dict(size=(150, 200)), 'drawing'),
    (dict(size=(400, 500), pages=1), 'drawing'),
    (dict(size=A4, pages=1), 'manual'),
    (dict(size=A4, pages=1, creator='Inkscape 1.2'), 'drawing')])
def test_genre_by_shape(facts, genre):
    assert genre_of('any', document('x', **facts)) == genre


@pytest.mark.parametrize('facts, content', [
    (TABLE, 'table'), (dict(upright=2, level=3), 'table'), (FIGURE, 'figure'),
    (dict(image=.95), 'plain'), (dict(drawn=9), 'figure'), (RULE, 'rule'), ({}, 'plain'),
    (dict(chars=80), 'sparse')])
def test_content(facts, content):
    assert content_of(page(0, 'x', **facts)) == content


@pytest.mark.parametrize('scripts, script', [
    (['latin', 'latin', 'cyrillic'], 'latin'), (['kana', 'kana', 'latin', 'latin', 'han'], 'han'),
    (['', ''], ''), (['mathematical', 'latin', 'greek'], 'latin')])
def test_script(scripts, script):
    lines = document('x', len(scripts), rich=[{'script': name} for name in scripts])
    assert script_of(lines) == script


@pytest.mark.parametrize('package, family', [
    ('installation-guide-arm64', 'installation-guide'), ('lilypond-doc-pdf-de', 'lilypond'),
    ('ubuntu-packaging-guide-pdf-pt-br', 'ubuntu-packaging-guide'),
    ('texlive-latex-extra', 'texlive-latex')])
def test_family(package, family):
    assert family_of(package) == family
