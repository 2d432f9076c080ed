"""Near-duplicates of texts and pictures."""
import cv2
import numpy as np
import pytest

from mmseg.corpora.debian.fingerprints import Pictures, Texts, picture_hash, text_sketch

from .conftest import picture, words


def sentence(words):
    return ' '.join(words)


def test_sketch_is_the_same_for_other_blanks_case_and_numbers():
    text = sentence(words('a', 60))
    assert text_sketch(f'{text} 12') == text_sketch(f'{text.upper()}\n\n 7')
    assert len(text_sketch(text)) == 24


@pytest.mark.parametrize('text', ['', '1', 'Chapter 3 of the manual', '1 2 3 4 5 6 ' * 99])
def test_few_words_are_like_no_others(text):
    texts = Texts()
    texts.add('first', text_sketch(text))
    assert texts.alike(text_sketch(text)) is None


def test_script_without_blanks_counts_by_letters():
    assert len(text_sketch('国际标准化组织的文件格式说明书第一版')) == 15


@pytest.mark.parametrize('changed, alike', [(0, True), (8, True), (150, False), (200, False)])
def test_a_page_with_most_words_the_same_is_a_near_duplicate(changed, alike):
    texts = Texts()
    texts.add('first', text_sketch(sentence(words('a', 200))))
    other = words('b', changed) + words('a', 200)[changed:]
    assert (texts.alike(text_sketch(sentence(other))) == 'first') is alike


def test_pages_without_text_are_not_near_duplicates():
    texts = Texts()
    texts.add('first', [])
    assert texts.alike([]) is None


def page(seed):
    return cv2.resize(picture(seed), (800, 1000), interpolation=cv2.INTER_NEAREST)


def test_a_picture_in_another_size_and_a_little_brighter_is_a_near_duplicate():
    pictures = Pictures()
    pictures.add('a', picture_hash(page(1)))
    changed = cv2.convertScaleAbs(cv2.resize(page(1), (400, 500), interpolation=cv2.INTER_AREA),
                                  alpha=.98, beta=2)
    assert pictures.alike('b', picture_hash(changed)) == 'a'
    assert pictures.alike('b', picture_hash(page(2))) is None


def test_nearly_blank_paper_is_a_near_duplicate_only_in_its_own_document():
    blank = np.full((1120, 792, 3), 255, np.uint8)
    cv2.putText(blank, '12', (380, 1080), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    pictures = Pictures()
    pictures.add('a', picture_hash(blank))
    assert pictures.alike('a', picture_hash(blank)) == 'a'
    assert pictures.alike('b', picture_hash(blank)) is None


def test_more_than_the_first_thousand_pictures_are_known():
    pictures = Pictures()
    for seed in range(1100):
        pictures.add(str(seed), np.random.default_rng(seed).bytes(32).hex())
    assert pictures.alike('x', np.random.default_rng(1090).bytes(32).hex()) == '1090'
