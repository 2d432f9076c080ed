"""What a TorchScript file may do: compute, and nothing with files or other processes."""
from __future__ import annotations

import ast
import os
import zipfile
from collections.abc import Iterator

from ..utils.errors import InputError
from ..utils.safe_files import reading

# Operators that read or write files or talk to other processes; TorchScript has no Python objects.
_FORBIDDEN = {'save', 'load', 'from_file', 'read_file', 'write_file', 'rpc_async', 'rpc_sync',
              'rpc_remote', 'load_tensor'}
# Whose operators compute; those of other namespaces are of libraries or of torch's own workings.
_NAMESPACES = {'aten', 'prim', 'quantized', 'torchvision', 'mkldnn', 'mkldnn_prepacked',
               'prepacked', 'sparse'}
_MAX_CODE = 20_000_000
_KIND = 'a file of a traced network'


def check_program(path: str | os.PathLike[str]) -> None:
    """Raise InputError where a TorchScript file has operators that reach beyond its tensors.

    A traced network only computes, but TorchScript can also write and read files, some of it as
    soon as a file is loaded. The program is looked at as text, before torch reads it.

    Args:
        path: Of the file.

    Raises:
        InputError: It has such operators, or is of a format from before torch 1.4, whose programs
            may be anywhere in it.
    """
    if not zipfile.is_zipfile(path):
        return  # torch says what is wrong with it
    try:
        with reading(path, _KIND), zipfile.ZipFile(path) as archive:
            for code in _programs(archive, path):
                _check(code, path)
    except (zipfile.BadZipFile, RuntimeError) as error:  # packed in a way unknown, or encrypted
        raise InputError(f'{path} is not {_KIND}, or is damaged: {error}') from error


def _programs(archive: zipfile.ZipFile, path: str | os.PathLike[str]) -> Iterator[str]:
    size = 0
    for member in archive.infolist():
        name = member.filename.rpartition('/')[2].lower()
        if name == 'model.json':
            raise InputError(f'{path} is TorchScript in the format of torch 1.3 and before, which '
                             'is not read: export it again')
        if name.endswith('.py'):
            size += member.file_size
            if size > _MAX_CODE:
                raise InputError(f'{path} has more than {_MAX_CODE / 1e6:.0f} MB of program')
            yield archive.read(member).decode()


def _check(code: str, path: str | os.PathLike[str]) -> None:
    for operator in _operators(ast.parse(code)):
        raise InputError(f'{path} is a TorchScript program that uses {operator}, which a traced '
                         'network does not need and which may read or write files; pass --trust '
                         'if you know where the file comes from')


def _operators(tree: ast.AST) -> Iterator[str]:
    """The forbidden operators in a program, however they are named."""
    known = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == 'ops':
                known += 1
                if node.attr not in _NAMESPACES:
                    yield f'ops.{node.attr}'
            if node.attr in _FORBIDDEN:
                yield ast.unparse(node)[:100]
        elif isinstance(node, ast.Name) and node.id in _FORBIDDEN:
            yield node.id
        elif isinstance(node, ast.Name) and node.id == 'ops':
            known -= 1
        elif isinstance(node, ast.Constant) and node.value in _FORBIDDEN:  # for getattr
            yield repr(node.value)
    if known:
        yield 'ops'
