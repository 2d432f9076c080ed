"""Pages divided into training, validation and test."""
import pytest

from mmseg.cli import main
from mmseg.corpora.divide import divide
from mmseg.utils.errors import InputError

SHARES = dict(val=.2, test=.1)
NAMES = [f'page_{number:03d}' for number in range(1000)]


def test_each_page_is_in_one_split_in_about_the_shares():
    found = divide(NAMES, SHARES)
    assert sorted(sum(found.values(), [])) == NAMES
    assert {split: len(names) for split, names in found.items()} == dict(
        train=694, val=200, test=106)
    assert divide(NAMES, SHARES, seed=1) != found


def test_a_page_stays_in_its_split_when_others_are_added():
    few, many = divide(NAMES[::2], SHARES), divide(NAMES, SHARES)
    assert all(set(few[split]) <= set(many[split]) for split in few)


def test_the_pages_of_a_document_stay_together():
    names = [f'{document}_p{page}' for document in 'abcdefgh' for page in range(5)]
    for pages in divide(names, SHARES, document='(.+)_p').values():
        assert len(pages) == 5 * len({name[0] for name in pages})


@pytest.mark.parametrize('count', [3, 4, 5])
def test_no_split_is_empty_where_there_are_enough_pages(count):
    for seed in range(30):
        assert all(divide(NAMES[:count], SHARES, seed).values())


@pytest.mark.parametrize('shares, document, sentence', [
    (dict(val=.6, test=.5), None, 'together below 1'), (dict(val=0.), None, 'above 0'),
    (SHARES, 'page', "pattern 'page' does not name the document"),
    (SHARES, '(', r"pattern '\(' does not name the document")])
def test_what_cannot_be_divided(shares, document, sentence):
    with pytest.raises(InputError, match=sentence):
        divide(NAMES, shares, document=document)


def test_the_command_writes_all_split_files_at_once(tmp_path, capsys):
    for folder, suffix in (('JPEGImages', '.jpg'), ('SegmentationClassPNG', '.png')):
        (tmp_path / folder).mkdir()
        for name in 'abcdefghij':
            (tmp_path / folder / f'{name}{suffix}').touch()
    (tmp_path / 'JPEGImages' / 'without_labels.jpg').touch()
    words = ['split', str(tmp_path), '--val', '0.2', '--test', '0.2']
    main(words)
    assert capsys.readouterr().out == '7 pages in train, 1 page in val, 2 pages in test\n'
    lists = tmp_path / 'ImageSets' / 'Segmentation'
    assert sorted(''.join(file.read_text() for file in lists.iterdir()).split()) == [*'abcdefghij']
    with pytest.raises(SystemExit):
        main(words)
    assert 'train.txt exists; --overwrite replaces it' in capsys.readouterr().err
    main([*words, '--test', '0', '--overwrite', '--seed', '3'])
    with pytest.raises(SystemExit):
        main(['split', str(tmp_path / 'nothing')])
    assert 'JPEGImages not found' in capsys.readouterr().err
