from pathlib import Path

import pytest

from mmseg.cli.network import network_of, split_inputs
from mmseg.utils import named_weights
from mmseg.utils.errors import InputError
from mmseg.utils.named_weights import NamedWeights


@pytest.fixture(autouse=True)
def package(monkeypatch):
    """A package with two networks."""
    monkeypatch.setattr(named_weights, '_index', lambda: {
        name: NamedWeights(name, Path(f'{name}.py'), Path(f'{name}.safetensors'), '', '')
        for name in ('fast', 'exact')})


@pytest.mark.parametrize('words, expected', [
    ('page.jpg', (None, None, ['page.jpg'])),
    ('page.jpg papers.pdf', (None, None, ['page.jpg', 'papers.pdf'])),
    ('fast page.jpg', ('fast', None, ['page.jpg'])),
    ('fast mine.pth page.jpg', ('fast', 'mine.pth', ['page.jpg'])),
    ('mine.pth page.jpg', (None, 'mine.pth', ['page.jpg'])),
    ('mine.onnx page.jpg', (None, 'mine.onnx', ['page.jpg'])),
    ('config.py mine.pth page.jpg', ('config.py', 'mine.pth', ['page.jpg'])),
    ('config.py fast page.jpg', ('config.py', 'fast', ['page.jpg'])),
    ('config.py latest page.jpg', ('config.py', 'latest', ['page.jpg']))])
def test_words_before_the_pages(words, expected):
    assert split_inputs(words.split()) == expected


@pytest.mark.parametrize('words', ['fast', 'config.py', 'config.py mine.pth', 'mine.pth'])
def test_a_network_without_a_page(words):
    with pytest.raises(InputError, match='names a network but no page'):
        split_inputs(words.split())


def test_a_word_that_is_nothing_lists_the_names():
    with pytest.raises(InputError, match='exakt is neither a file nor a folder; the package has '
                                         'the networks fast, exact'):
        split_inputs(['exakt', 'page.jpg'])


def test_a_folder_with_the_name_of_a_network_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'fast').mkdir()
    assert split_inputs(['fast', 'page.jpg']) == (None, None, ['fast', 'page.jpg'])


def test_config_and_checkpoint():
    assert network_of(None, None) == ('fast', 'fast')
    assert network_of('exact', None) == ('exact', 'exact')
    assert network_of('exact', 'mine.pth') == ('exact', 'mine.pth')
    with pytest.raises(InputError, match='slow not found; the package has the networks'):
        network_of('slow', None)


def test_a_config_file_needs_a_checkpoint(tmp_path):
    (tmp_path / 'a.py').touch()
    with pytest.raises(InputError, match='^a config file needs a checkpoint after it'):
        network_of(str(tmp_path / 'a.py'), None)
