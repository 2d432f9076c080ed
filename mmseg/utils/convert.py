"""Checkpoints of other projects with this project's parameter names."""
import re
from collections.abc import Callable, Mapping, Sequence

import torch

from .arrays import read_arrays
from .checkpoint import read_local, read_url, save_atomically
from .errors import InputError

State = dict[str, torch.Tensor]
# Each pattern and what takes the place of what it matches, in the order in which they apply.
Renames = Sequence[tuple[str, str]]


def read_weights(source: str) -> State:
    """The tensors of a checkpoint, or of a file ``.npz``, by name.

    Args:
        source: A path or an address; the state dict is the whole file or is in its
            ``state_dict`` or ``model``.

    Raises:
        InputError: No such file, or no tensors in it.
    """
    if source.endswith('.npz'):
        return {name: torch.from_numpy(array) for name, array in read_arrays(source).items()
                if array.dtype.kind in 'biufc'}
    web = source.startswith(('http://', 'https://'))
    content = read_url(source) if web else read_local(source)
    for key in ('state_dict', 'model'):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    named = content.items() if isinstance(content, Mapping) else ()
    state = {str(name).removeprefix('module.'): value for name, value in named
             if torch.is_tensor(value)}
    if not state:
        raise InputError(f'{source} holds no named tensors, neither at its top nor in state_dict '
                         'or model')
    return state


def rename(state: Mapping[str, torch.Tensor], renames: Renames, dropped: str = '') -> State:
    """``state`` with other names.

    Args:
        state: Tensors of any shape by name.
        renames: Patterns and replacements as :func:`re.sub` has them, each applied to every name.
        dropped: Pattern of the names to leave out, matched from their beginning.
    """
    result = {}
    for name, value in state.items():
        if dropped and re.match(dropped, name):
            continue
        for pattern, replacement in renames:
            name = re.sub(pattern, replacement, name)
        result[name] = value
    return result


def join_query(state: State) -> State:
    """``state`` with ``attn.q`` and ``attn.kv`` joined, as torch's attention has them.

    Its output projection, ``attn.proj``, gets torch's name with it.

    Raises:
        InputError: A query without keys and values.
    """
    result = {}
    for name, value in state.items():
        layer, found, kind = name.rpartition('.attn.q.')
        proj = name.partition('.attn.proj.')[0]
        if found:
            kv = f'{layer}.attn.kv.{kind}'
            if kv not in state:
                raise InputError(f'the checkpoint has {name} but no {kv}')
            result[f'{layer}.attn.attn.in_proj_{kind}'] = torch.cat([value, state[kv]])
        elif '.attn.kv.' in name:
            continue
        elif f'{proj}.attn.q.weight' in state:
            result[name.replace('.attn.proj.', '.attn.attn.out_proj.')] = value
        else:
            result[name] = value
    return result


def convert(source: str, target: str, edit: Callable[[State], State], *, needs: str,
            family: str) -> None:
    """Write the checkpoint ``source`` with other names to ``target``: all of it, or nothing.

    Args:
        source: See :func:`read_weights`.
        target: File to write; it holds a bare state dict.
        edit: Gives the state dict with the new names.
        needs: A name that every checkpoint of the family has.
        family: What the checkpoint is of, for messages.

    Raises:
        InputError: The checkpoint is of something else.
    """
    state = read_weights(source)
    if needs not in state:
        raise InputError(f"{source} is not a checkpoint of {family}: it has no '{needs}' (its "
                         f"first "
                         f"name is '{next(iter(state))}')")
    converted = edit(state)
    save_atomically(converted, target)
    print(f'{len(converted)} of {len(state)} tensors of {source} written to {target}')
