"""Building objects from config dicts, with errors that name the key and the nearest right name."""
import inspect
import re
import traceback
from typing import Any

from mmcv.utils import Registry

from .errors import InputError, UnknownNameError, near_miss, nearest


def _registered_names(registry: Registry) -> set[str]:
    """Names that ``registry``, its children and its parents know."""
    names: set[str] = set()
    node = registry
    while node is not None:
        names.update(node.module_dict)
        names.update(f'{scope}.{name}' for scope, child in node.children.items()
                     for name in child.module_dict)
        node = node.parent
    return names


# Packages whose configs are read here, with our parts of the same names.
_SAME_NAMES = ('mmdet', 'mmocr')


def find(kind: str, registry: Registry) -> Any:
    """What is registered as ``kind``, a name or ``scope.name``; None where nothing is.

    ``mmdet.ResNet`` and names of mmocr mean the parts of that name here, where those packages have
    not registered theirs.
    """
    try:
        found = registry.get(kind)
    except AttributeError:  # for an unknown scope mmcv climbs above the topmost registry
        found = None
    scope, _, name = kind.rpartition('.')
    return find(name, registry) if found is None and scope in _SAME_NAMES else found


def _unknown(kind: str, registry: Registry) -> UnknownNameError:
    """The error for a name that is not registered, with the nearest one that is."""
    known = _registered_names(registry)
    scope, _, name = kind.rpartition('.')
    if name in known and scope:
        hint = f" (did you mean '{name}'?)"
    else:
        hint = nearest(kind, known)
    if scope and not hint:
        hint = f"; the package that registers it may want an entry in custom_imports, as '{scope}'"
    return UnknownNameError(f"'{kind}' is not in the {registry.name} registry{hint}")


def _parameters(factory: Any) -> set[str]:
    """Argument names of a class (with those of its bases, for ``**kwargs``) or of a function."""
    if not inspect.isclass(factory):
        return set(inspect.signature(factory).parameters)
    names: set[str] = set()
    for cls in factory.__mro__[:-1]:
        if '__init__' in vars(cls):
            names.update(inspect.signature(vars(cls)['__init__']).parameters)
    return names - {'self', 'args', 'kwargs'}


def _explain(error: TypeError, factory: Any, args: dict[str, Any]) -> InputError | None:
    """Turn a call with a wrong argument name into one sentence; None for any other TypeError."""
    text = str(error)
    unknown = re.search(r"unexpected keyword argument '(\w+)'", text)
    if unknown and unknown[1] in args:
        name = unknown[1]
        known = _parameters(factory)
        return InputError(f"{factory.__name__} takes no argument '{name}'{nearest(name, known)}; "
                          f'it takes {", ".join(sorted(known))}')
    missing = re.search(r'missing \d+ required (?:positional|keyword-only) arguments?: (.+)', text)
    if missing and f'{factory.__name__}.__init__' in text or missing and '__init__()' in text:
        return InputError(f'{factory.__name__} needs {missing[1]}, which its config does not give')
    return None


def build_from_cfg(cfg: dict, registry: Registry, default_args: dict | None = None) -> Any:
    """Return the object that ``cfg['type']`` names, called with the rest of ``cfg``.

    Args:
        cfg: ``type`` is a registered name or a class; the other keys are arguments.
        registry: Where names are looked up.
        default_args: Arguments that ``cfg`` need not give.

    Raises:
        UnknownNameError: The type is not registered; the nearest name is suggested.
        InputError: A key is not an argument of the type, or a required one is not there.
    """
    if not isinstance(cfg, dict):
        raise TypeError(f'expected a config dict for the {registry.name} registry, '
                        f'got {type(cfg).__name__}: {cfg!r}')
    args = {**(default_args or {}), **cfg}
    if 'type' not in args:
        wrong = near_miss('type', map(str, args))
        hint = f" (is '{wrong}' misspelt?)" if wrong else ''
        raise UnknownNameError(f"a config for the {registry.name} registry needs the key 'type', "
                               f'got only {sorted(args)}{hint}')
    kind = args.pop('type')
    if isinstance(kind, str):
        factory = find(kind, registry)
        if factory is None:
            raise _unknown(kind, registry)
    elif inspect.isclass(kind) or inspect.isfunction(kind):
        factory = kind
    else:
        raise TypeError(f'type must be a registered name or a class, got {kind!r}')
    try:
        return factory(**args)
    except TypeError as error:
        sentence = _explain(error, factory, args)
        if sentence is None:
            raise
        raise sentence from error
    except AssertionError as error:
        # mmcv asserts what a config may say, often without a word.
        if factory.__module__.partition('.')[0] != 'mmcv':
            raise
        demand = str(error) or traceback.extract_tb(error.__traceback__)[-1].line
        raise InputError(f'{factory.__name__} does not take {args}: {demand}') from error
