"""What a list of refusals refuses."""
import pytest

from mmseg.corpora.debian.refusals import LISTS, read_refusals, stem_of
from mmseg.utils.errors import InputError


@pytest.fixture
def refusals(tmp_path):
    (tmp_path / 'a.txt').write_text('# a remark\npackage belvu\npackage debian-faq*\n\n')
    (tmp_path / 'b.txt').write_text('document exam-b\ndocument titlepage_of_a_thesis_in_the\n')
    return read_refusals([tmp_path / 'a.txt', tmp_path / 'b.txt'])


@pytest.mark.parametrize('package, refused', [
    ('belvu', True), ('belvu-doc', False), ('debian-faq', True), ('debian-faq-de', True),
    ('my-debian-faq', False)])
def test_packages(refusals, package, refused):
    assert refusals.package(package) is refused


@pytest.mark.parametrize('package, file, refused', [
    ('other', 'usr/share/doc/exam-b.pdf', True),
    ('other', 'usr/share/doc/exam-b.PDF', True),
    ('other', 'usr/share/doc/exam-bc.pdf', False),
    ('other', 'titlepage of a thesis in the year 2000.pdf', True),
    ('belvu', 'usr/share/doc/any.pdf', True)])
def test_documents(refusals, package, file, refused):
    assert refusals.document(package, file) is refused


def test_stem_is_cut_at_28_characters():
    assert stem_of('usr/a b/abcdefghij klmnopqrst uvwxyz.pdf') == 'abcdefghij_klmnopqrst_uvwxyz'
    assert len(stem_of(f'{"x" * 40}.pdf')) == 28


def test_a_line_of_another_kind_is_named(tmp_path):
    (tmp_path / 'a.txt').write_text('package belvu\npakage x\n')
    with pytest.raises(InputError, match="a.txt, line 2: expected 'package NAME' or"):
        read_refusals([tmp_path / 'a.txt'])
    with pytest.raises(InputError, match='no such list of refused packages'):
        read_refusals([tmp_path / 'b.txt'])


def test_lists_of_the_package():
    held = read_refusals([LISTS / 'held_out.txt', LISTS / 'validation.txt'])
    assert held.package('debian-reference-de')
    assert held.document('texlive-x', 'a/metropolistheme.pdf')
    assert held.package('texlive-lang-english') and not held.package('texlive-latex-extra-doc')
