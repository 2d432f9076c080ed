"""Building objects from config dicts, with errors that name the key and the nearest right name."""
import inspect
import re
import reprlib
import traceback
from typing import Any

from mmcv.utils import Registry

from .errors import InputError, UnknownNameError, near_miss, nearest
from .safe_files import FAULTS, in_words


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


# Packages whose errors in a constructor are due to the values in a config.
_KNOWN = ('mmseg', 'mmcv', 'torch', 'torchvision', 'timm')
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


def parameters_of(factory: Any) -> set[str]:
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
        known = parameters_of(factory)
        return InputError(f"{factory.__name__} takes no argument '{name}'{nearest(name, known)}; "
                          f'it takes {", ".join(sorted(known))}')
    missing = re.search(r'missing \d+ required (?:positional|keyword-only) arguments?: (.+)', text)
    if missing and f'{factory.__name__}.__init__' in text or missing and '__init__()' in text:
        return InputError(f'{factory.__name__} needs {missing[1]}, which its config does not give')
    return None


def _refusal(error: Exception, factory: Any, args: dict[str, Any]) -> InputError | None:
    """A sentence for values that a part of this project or of mmcv does not take.

    None for what a user's own part raises, and for assertions of this project's.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    # a part within this one was not given a sentence either
    inner = any(frame.f_code is build_from_cfg.__code__ for frame in frames[1:])
    if inner or _package(factory.__module__) not in _KNOWN:
        return None
    if not isinstance(error, AssertionError):
        return InputError(f'{factory.__name__} cannot be made with {_shown(args)}: '
                          f'{in_words(error)}')
    # mmcv and torch assert what a config may say, often without a word
    if _package(str(frames[-1].f_globals.get('__name__'))) not in _KNOWN[1:]:
        return None
    demand = str(error) or traceback.extract_tb(error.__traceback__)[-1].line
    return InputError(f'{factory.__name__} does not take {_shown(args)}: {demand}')


def _package(module: str) -> str:
    return module.partition('.')[0]


def _shown(args: dict[str, Any]) -> str:
    """The arguments, of a length that can be read."""
    text = ', '.join(f'{name}={value!r}' for name, value in args.items())
    return text if len(text) <= 500 else text[:500] + '...'


def build_from_cfg(cfg: dict, registry: Registry, default_args: dict | None = None) -> Any:
    """Return the object that ``cfg['type']`` names, called with the rest of ``cfg``.

    Args:
        cfg: ``type`` is a registered name or a class; the other keys are arguments.
        registry: Where names are looked up.
        default_args: Arguments that ``cfg`` need not give.

    Raises:
        UnknownNameError: The type is not registered; the nearest name is suggested.
        InputError: ``cfg`` is not a dict, ``type`` neither a name nor a class, a key is not an
            argument of the type, a required one is not there, or a part of this project or of mmcv
            cannot be built with these values. What a user's own part raises comes as it is.
    """
    if not isinstance(cfg, dict):
        raise InputError(f'expected a config dict for the {registry.name} registry, '
                              f'got {type(cfg).__name__}: {reprlib.repr(cfg)}')
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
        raise InputError('type must be a registered name or a class, got '
                              f'{reprlib.repr(kind)}')
    try:
        return factory(**args)
    except InputError:
        raise
    except (AssertionError, RuntimeError, *FAULTS) as error:
        sentence = _explain(error, factory, args) if isinstance(error, TypeError) else None
        sentence = sentence or _refusal(error, factory, args)
        if sentence is None:
            raise
        raise sentence from error
