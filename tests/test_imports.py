"""The modules of the package import one another without circles, inside functions too."""
import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'mmseg'


def modules(package):
    """Name → file of the modules of a package."""
    found = {}
    for path in package.rglob('*.py'):
        parts = path.relative_to(package.parent).with_suffix('').parts
        found['.'.join(parts[:-1] if parts[-1] == '__init__' else parts)] = path
    return found


def only_for_types(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and (
        node.test.id == 'TYPE_CHECKING')


def statements(node):
    """The import statements below a node, except those that only a type checker runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif not only_for_types(child):
            yield from statements(child)


def imported(name, path, known):
    """The modules of the package that a module imports."""
    found = set()
    for node in statements(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        folder = name if path.name == '__init__.py' else name.rpartition('.')[0]
        above = folder.split('.')[:len(folder.split('.')) + 1 - node.level] if node.level else []
        base = '.'.join([*above, *([node.module] if node.module else [])])
        # ``from base import name`` imports a module of that name where there is one
        found |= {f'{base}.{alias.name}' if f'{base}.{alias.name}' in known else base
                  for alias in node.names}
    return (found & known.keys()) - {name}


def check(package):
    known = modules(package)
    graph = {name: imported(name, path, known) for name, path in known.items()}
    TopologicalSorter(graph).prepare()
    return graph


def test_no_circle_of_imports():
    graph = check(PACKAGE)
    assert len(graph) > 400
    assert 'mmseg.core.evaluation' in graph['mmseg.datasets.custom']


def test_circles_in_functions_are_found(tmp_path):
    (tmp_path / 'pages').mkdir()
    (tmp_path / 'pages' / '__init__.py').write_text('')
    (tmp_path / 'pages' / 'read.py').write_text('from .write import save\n')
    write = tmp_path / 'pages' / 'write.py'
    write.write_text('from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n'
                     '    from pages.read import page\n')
    assert check(tmp_path / 'pages')['pages.read'] == {'pages.write'}
    write.write_text('def save():\n    from pages import read\n    return read\n')
    with pytest.raises(CycleError, match='pages.read'):
        check(tmp_path / 'pages')
