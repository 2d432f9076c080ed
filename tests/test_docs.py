"""What the documents tell a reader to type and to open is there, and the tools take it.

Commands are parsed by the parsers of the tools themselves, configs are read and built; nothing is
trained.
"""
import argparse
import ast
import importlib
import json
import re
import runpy
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from mmseg.cli import main
from mmseg.datasets.builder import PIPELINES
from mmseg.models import build_segmentor
from mmseg.utils.config import load_config
from mmseg.utils.registry import build_from_cfg

ROOT = Path(__file__).parents[1]
FOLDERS = ('README*.md', 'CHANGELOG.md', 'docs/*.md', 'configs/**/*.md', 'trace_tools/**/*.md')
DOCUMENTS = sorted(str(path.relative_to(ROOT)) for folder in FOLDERS for path in ROOT.glob(folder))
# first words of commands that are not the project's own
OTHERS = {'git', 'source', 'pip', 'cmake', 'g++', 'export', 'curl'}
# the tool that a script starts, which of its arguments are files, and where options begin
LAUNCHED = {'dist_train.sh': ('train.py', slice(0, 1), 2),
            'dist_test.sh': ('test.py', slice(0, 2), 3),
            'slurm_train.sh': ('train.py', slice(2, 3), 3),
            'slurm_test.sh': ('test.py', slice(2, 4), 4)}
TOP = 'configs|demo|docs|mmseg|readme_png|requirements|tests|tools|trace_tools'


class Block(NamedTuple):
    """A block of code in a document."""
    document: str
    language: str
    text: str


def blocks(*languages):
    """The blocks of these languages in all documents."""
    found = []
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding='utf-8')
        found += [Block(document, *match) for match
                  in re.findall(r'^```(\w*)\n(.*?)^```', text, re.MULTILINE | re.DOTALL)]
    return [block for block in found if block.language in languages]


def words_of(line):
    """A command's words, without a comment; what ``$(…)`` would give is one word."""
    return shlex.split(re.sub(r'\$\((?:[^()]|\([^()]*\))*\)', 'GIVEN', line), comments=True)


def commands(text, variables=None):
    """The words of each command in a block; ``variables`` keeps what earlier blocks have set."""
    variables = {} if variables is None else variables
    for part in re.split(r'\n|&&', text.replace('\\\n', ' ')):
        words = words_of(part)
        while words and re.match(r'[A-Z_]+=', words[0]):
            name, _, value = words.pop(0).partition('=')
            variables[name] = value
        if words:
            yield [variables.get(word[1:], word) if word.startswith('$') else word
                   for word in words]


def documented_commands():
    """Each command with its document, whose blocks are typed into one shell."""
    for document in DOCUMENTS:
        variables: dict = {}
        for block in blocks('bash', 'sh'):
            if block.document == document:
                for words in commands(block.text, variables):
                    yield document, words


COMMANDS = [pytest.param(words, id=f'{document}: {" ".join(words[:3])}')
            for document, words in documented_commands()]


class _Parsed(Exception):
    """Ends a tool once its arguments are read."""


def parse(script, arguments, monkeypatch):
    """Let the parser of a tool read the arguments; it exits where it does not take them."""
    monkeypatch.setattr(sys, 'argv', [script.name, *arguments])
    return parsed_by(lambda: runpy.run_path(str(script), run_name='__main__'), monkeypatch)


def check_command(arguments, monkeypatch):
    """Let a command of ``mmseg`` read the arguments."""
    if arguments not in (['--help'], ['--version']):
        parsed_by(lambda: main(arguments), monkeypatch)


def parsed_by(run, monkeypatch):
    """The options that a command has read before it starts."""
    parse_args = argparse.ArgumentParser.parse_args

    def stop(self, args=None, namespace=None):
        raise _Parsed(parse_args(self, args, namespace))

    monkeypatch.setattr(argparse.ArgumentParser, 'parse_args', stop)
    with pytest.raises(_Parsed) as parsed:
        run()
    return parsed.value.args[0]


def check_script(name, arguments, monkeypatch):
    """Check a Python tool, or a shell script that hands its options to one."""
    script = ROOT / name
    assert script.is_file()
    if script.suffix == '.sh':
        target, files, options = LAUNCHED[script.name]
        assert len(arguments) >= options
        script, arguments = script.with_name(target), arguments[files] + arguments[options:]
    parse(script, arguments, monkeypatch)


def check_make(arguments):
    """Check that targets and variables are those of the Makefile."""
    makefile = (ROOT / 'Makefile').read_text()
    for word in arguments:
        name, is_variable, _ = word.partition('=')
        pattern = rf'^{name}\s*\?=' if is_variable else rf'^{name}:'
        assert re.search(pattern, makefile, re.MULTILINE), f'make {word}'


@pytest.mark.parametrize('words', COMMANDS)
def test_commands_are_taken(words, monkeypatch):
    program, *arguments = words
    if program in ('python', 'bash', '.venv/bin/python'):
        check_script(arguments[0], arguments[1:], monkeypatch)
    elif program == 'mmseg':
        check_command(arguments, monkeypatch)
    elif program == 'make':
        check_make(arguments)
    elif program.endswith('page_layout'):
        source = (ROOT / 'trace_tools/cpp/page_layout.cpp').read_text()
        assert all(f'"{word}"' in source for word in arguments if word.startswith('--'))
    else:
        assert program in OTHERS


@pytest.mark.parametrize('document', DOCUMENTS)
def test_paths_are_there(document):
    text = (ROOT / document).read_text(encoding='utf-8')
    named = re.findall(rf'(?<![\w./-])((?:{TOP})/[\w./-]*[\w/])', text)
    missing = [path for path in named if not (ROOT / path).exists()]
    if document.startswith('README'):  # its table names configs without their folder
        missing += [name for name in re.findall(r'`(\w[\w-]*_(?:layout|demo)\.py)`', text)
                    if not (ROOT / 'configs/layout' / name).is_file()]
    assert missing == []


@pytest.mark.parametrize('document', DOCUMENTS)
def test_options_and_targets_in_the_text_are_known(document):
    text = (ROOT / document).read_text(encoding='utf-8')
    for target in re.findall(r'`make ([\w= -]+)`', text):
        check_make(target.split())
    sources = [ROOT / 'Makefile', ROOT / 'trace_tools/cpp/page_layout.cpp',
               ROOT / 'tests/fuzz/__main__.py',
               *(path for folder in ('mmseg/cli', 'tools', 'trace_tools', 'demo')
                 for path in (ROOT / folder).rglob('*.py'))]
    known = ' '.join(path.read_text() for path in sources)
    assert [option for option in re.findall(r'`(--[\w-]+)', text)
            if not re.search(rf'{option}(?![\w-])', known)] == []


@pytest.mark.parametrize('document', DOCUMENTS)
def test_links_and_pictures_are_there(document):
    text = (ROOT / document).read_text(encoding='utf-8')
    missing = []
    for target in re.findall(r'\]\((?!http)([^)\s]+)\)', text):
        path, _, heading = target.partition('#')
        there = (ROOT / document).parent / path if path else ROOT / document
        if not there.exists() or heading and heading not in anchors(there):
            missing.append(target)
    assert missing == []


def anchors(document):
    """What a link to a heading of the document ends with."""
    headings = re.findall(r'^#+ (.+)$', document.read_text(encoding='utf-8'), re.MULTILINE)
    # as GitHub makes them: no punctuation, blanks become hyphens
    return [re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-') for heading in headings]


def without_ellipsis(value):
    """``value`` without the ``...`` in place of what is left out."""
    if isinstance(value, list):
        return [without_ellipsis(item) for item in value if item is not ...]
    if isinstance(value, dict):
        return {key: without_ellipsis(item) for key, item in value.items()}
    return value


PYTHON = [pytest.param(block.text, id=f'{block.document}: {block.text.splitlines()[0][:40]}')
          for block in blocks('python')]


@pytest.mark.parametrize('text', PYTHON)
def test_python_runs_as_far_as_it_can_without_files(text, tmp_path):
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in imports:
        module = importlib.import_module(node.module)
        assert [name.name for name in node.names if not hasattr(module, name.name)] == []
    if imports:
        return
    base = re.search(r"_base_ = '(.+)'", text)
    if base is None:
        values: dict = {}
        exec(text, values)
        for pipeline in (value for name, value in values.items() if name.endswith('_pipeline')):
            for transform in without_ellipsis(pipeline):
                build_from_cfg(transform, PIPELINES)
        return
    if not (ROOT / base[1]).is_file():  # a config of the reader's own
        assert not base[1].startswith('configs/')
        return
    (tmp_path / 'config.py').write_text(text.replace(base[1], str(ROOT / base[1])))
    build_segmentor(load_config(str(tmp_path / 'config.py')).model)


def test_json_is_valid():
    for block in blocks('json'):
        json.loads(block.text)


@pytest.mark.parametrize('document', [
    'README', 'docs/get_started', 'docs/data', 'docs/regions', 'docs/service', 'docs/faq',
    'docs/weights'])
def test_the_chinese_twin_tells_the_same(document):
    def code(name):
        return [list(commands(block.text)) if block.language == 'bash' else
                ast.dump(ast.parse(block.text))
                for block in blocks('bash', 'python') if block.document == name]

    def headings(name):
        return re.findall(r'^#+', (ROOT / name).read_text(encoding='utf-8'), re.MULTILINE)

    english, chinese = f'{document}.md', f'{document}_zh-CN.md'
    assert code(english) and code(chinese) == code(english)
    assert headings(chinese) == headings(english)


@pytest.mark.parametrize('document', ['README.md', 'README_zh-CN.md'])
def test_every_config_for_pages_is_in_the_table(document):
    text = (ROOT / document).read_text(encoding='utf-8')
    left_out = [path.name for path in (ROOT / 'configs/layout').glob('*.py')
                if f'`{path.name}`' not in text]
    assert left_out == []
