"""Public docstrings: they exist, name the errors that are raised and the shapes of arrays.

A method that overrides one of this package with a docstring may go without its own.
"""
import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
# Their names say what they are.
PLAIN = {'Box.width', 'Box.height', 'Layout.cell'}
# Pages in, pages out: the sizes are those of the picture.
PICTURES = {'skew', 'uneven_light', 'noise', 'jpeg'}
# (N, K, H, W), (n,), (ceil(N / ranks),)
SHAPE = re.compile(r"\([\w.+*/^·\[\]()' -]+,[\w.,+*/^·\[\]()'\s-]*\)|shape|scalar")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class Public(NamedTuple):
    """A public definition: where it is, its name with that of its class, itself and its class."""
    path: Path
    name: str
    node: Definition
    owner: ast.ClassDef | None

    def __str__(self) -> str:
        return f'{self.path.relative_to(ROOT)}:{self.node.lineno} {self.name}'


@cache
def modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text('utf-8')) for path in sorted(ROOT.glob('mmseg/**/*.py'))
            if path.stem.isidentifier()
            and not any(part.startswith('_') for part in path.relative_to(ROOT).parts[:-1])}


@cache
def classes() -> dict[str, list[ast.ClassDef]]:
    found: dict[str, list[ast.ClassDef]] = {}
    for module in modules().values():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(node)
    return found


def is_public(node: Definition) -> bool:
    """Whether users call it; setters and overloads have the docstring of another definition."""
    return not node.name.startswith('_') and not any(
        ast.unparse(name).endswith(('.setter', 'overload')) for name in node.decorator_list)


def definitions() -> Iterator[Public]:
    for path, module in modules().items():
        for node in module.body:
            if isinstance(node, Definition) and is_public(node):
                yield Public(path, node.name, node, None)
                for child in node.body if isinstance(node, ast.ClassDef) else ():
                    if isinstance(child, Function) and is_public(child):
                        yield Public(path, f'{node.name}.{child.name}', child, node)


def bases_of(owner: ast.ClassDef) -> Iterator[ast.ClassDef]:
    for base in owner.bases:
        name = ast.unparse(base).partition('[')[0].rpartition('.')[2]
        for node in classes().get(name, []) if name != owner.name else ():
            yield node
            yield from bases_of(node)


def inherits(item: Public) -> bool:
    """Whether a base of this package has this method with a docstring."""
    return item.owner is not None and any(
        isinstance(child, Function) and child.name == item.node.name
        and ast.get_docstring(child) is not None
        for base in bases_of(item.owner) for child in base.body)


def own_errors(node: ast.AST) -> Iterator[str]:
    """Names of the errors that a function raises itself, not in functions within it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition | ast.Lambda):
            continue
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            yield ast.unparse(child.exc.func)
        yield from own_errors(child)


def takes_arrays(node: Function) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return any(re.search(r'\b(Tensor|ndarray)\b', ast.unparse(note))
               for note in (*(item.annotation for item in arguments), node.returns) if note)


def test_everything_public_has_a_docstring():
    assert [str(path.relative_to(ROOT)) for path, module in modules().items()
            if path.stem != '__init__' and not ast.get_docstring(module)] == []
    assert [str(item) for item in definitions()
            if not ast.get_docstring(item.node) and item.name not in PLAIN
            and not inherits(item)] == []


def test_docstrings_name_the_errors_that_users_meet():
    found = [item for item in definitions()
             if isinstance(item.node, Function) and 'InputError' in own_errors(item.node)]
    assert len(found) > 200
    silent = [str(item) for item in found
              if (text := ast.get_docstring(item.node)) and 'Raises:' not in text
              and 'InputError' not in text]
    constructors = [str(item) for item in definitions() if isinstance(item.node, ast.ClassDef)
                    and any(isinstance(child, ast.FunctionDef) and child.name == '__init__'
                            and 'InputError' in own_errors(child) for child in item.node.body)
                    and 'Raises:' not in (ast.get_docstring(item.node) or '')]
    assert silent + constructors == []


def test_docstrings_give_the_shapes_of_arrays():
    found = [item for item in definitions()
             if isinstance(item.node, Function) and takes_arrays(item.node)]
    assert len(found) > 500
    texts = {str(item): (ast.get_docstring(item.node) or '')
             + (ast.get_docstring(item.owner or modules()[item.path]) or '') for item in found}
    assert [str(item) for item in found if not SHAPE.search(texts[str(item)])
            and item.name not in PICTURES and not inherits(item)] == []
