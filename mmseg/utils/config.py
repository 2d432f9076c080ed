"""Reading config files, with misspelt keys found before anything starts."""
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmcv import Config
from mmcv.cnn import ACTIVATION_LAYERS, CONV_LAYERS, NORM_LAYERS

from . import mmcv_compat  # noqa: F401  before anything uses mmcv
from .errors import InputError, MissingFileError, near_miss, nearest
from .named_weights import find_weights, known_names
from .registry import find
from .zoo import CONFIGS, names_with, where_instead, zoo_names

_TOP = ('model', 'data', 'optimizer', 'optimizer_config', 'lr_config', 'momentum_config', 'runner',
        'checkpoint_config', 'evaluation', 'log_config', 'dist_params', 'log_level', 'load_from',
        'resume_from', 'auto_resume', 'workflow', 'cudnn_benchmark', 'custom_hooks',
        'custom_imports', 'work_dir', 'seed', 'gpu_ids', 'device', 'find_unused_parameters', 'fp16',
        'channels_last', 'compile', 'sampler', 'mp_start_method', 'opencv_num_threads',
        'omp_num_threads', 'mkl_num_threads')
# No keys, but what 0.x's configs call variables of their own.
_VARIABLES = ('checkpoint', 'checkpoint_file')
# What older releases called otherwise.
_RENAMED = {'imgs_per_gpu': 'samples_per_gpu'}
# Keys that a part need not have and that are not misspelt forms of another one (loss_weight).
_NO_SLIPS = ('class_weight', )
_INSIDE = {
    'data': ('samples_per_gpu', 'workers_per_gpu', 'train', 'val', 'test', 'train_dataloader',
             'val_dataloader', 'test_dataloader', 'shuffle', 'persistent_workers', 'pin_memory',
             'drop_last', 'prefetch_factor', 'timeout'),
    'model.test_cfg': ('mode', 'crop_size', 'stride', 'layers', 'class_scales'),
    'fp16': ('loss_scale', 'dtype'),
    'log_config': ('interval', 'hooks'),
}
_LAYERS = {'norm_cfg': NORM_LAYERS, 'conv_cfg': CONV_LAYERS, 'act_cfg': ACTIVATION_LAYERS}


def find_config(name: str) -> str:
    """The path of a config: a file, or a config that comes with the package.

    A config of MMSegmentation 0.x's model zoo that is not a file here is composed when it is read;
    its path is ``folder/name.py``.

    Args:
        name: A path, also one below ``configs/`` of the package
            (``layout/deeplabv3plus_tiny_demo.py``), with or without ``configs/`` before it and
            ``.py`` after it; or the file name alone, where it is the only one of that name.

    Raises:
        InputError: There is no such config, or several have this name.
    """
    if Path(name).is_file():
        return str(name)
    short = Path(name).as_posix().removeprefix('configs/')
    short = short if short.endswith('.py') else f'{short}.py'
    for folder in CONFIGS:
        if (folder / short).is_file() and '..' not in Path(short).parts:
            return str(folder / short)
    found = [] if '/' in short else sorted(
        str(path) for folder in CONFIGS if folder.is_dir() for path in folder.rglob('*.py')
        if path.name == short and '_base_' not in path.parts)
    if len(found) > 1:
        raise InputError(f'several configs are called {name}: {", ".join(found)}')
    if found:
        return found[0]
    stem = Path(short).stem
    if stem in zoo_names():
        return f'configs/{zoo_names()[stem]}/{stem}.py'
    instead = where_instead(name)
    if not instead:
        alike = names_with(name)
        instead = known_names(name) + (f'; configs with these words are {", ".join(alike)}'
                                       if alike else '')
    raise MissingFileError(f'config file {name} not found{instead}')


def load_config(filename: str, options: Mapping[str, Any] | None = None) -> Config:
    """Return the config in a file, with options from the command line merged in.

    Args:
        filename: A Python, JSON or YAML file, a config of the package (:func:`find_config`), or
            the name of a network in the package.
        options: Dotted key → value, as ``--cfg-options`` gives them; ``data_root`` moves every
            data set of the config that was there.

    Raises:
        InputError: The file is not there or not readable as a config, or a key is not known and
            resembles one that is.
    """
    named = find_weights(filename)
    if named is not None and not Path(filename).exists():
        filename = str(named.config)
    filename = find_config(filename)
    path = list(sys.path)
    try:
        cfg = Config.fromfile(filename)
    except FileNotFoundError as error:
        missing = str(error).removesuffix('" does not exist')
        raise InputError(f'{filename}: a file named in _base_ is missing: {error}'
                         + where_instead(missing)) from error
    except (Exception, SystemExit) as error:  # a config is a program, which raises what it likes
        sys.path[:] = path  # mmcv has put its temporary folder there
        if isinstance(error, InputError) and filename in str(error):
            raise
        # mmcv raises an ImportError without words where a module of custom_imports has failed
        cause = error if str(error) else error.__context__ or error
        raise InputError(f'{filename} is not a readable config: '
                         f'{str(cause) or type(cause).__name__}') from error
    if not all(isinstance(key, str) for key in cfg._cfg_dict):
        raise InputError(f'{filename} is not a readable config: its keys are not all names')
    _forget_deletions(cfg._cfg_dict)
    if options:
        _check_options(cfg, options)
        root = cfg.get('data_root')
        cfg.merge_from_dict(dict(options))
        if 'data_root' in options:
            _move_data(cfg.get('data'), root, options['data_root'])
    check_config(cfg, filename)
    return cfg


def _forget_deletions(part: Any) -> None:
    """Take ``_delete_`` out of dicts that replace nothing, where mmcv leaves it."""
    if isinstance(part, dict):
        part.pop('_delete_', None)
        part = list(part.values())
    if isinstance(part, (list, tuple)):
        for inner in part:
            _forget_deletions(inner)


def require(cfg: Config, *keys: str) -> None:
    """Raise InputError where one of these keys is not in the config."""
    for key in keys:
        if key not in cfg:
            if 'MODEL' in cfg and 'DATASET' in cfg:
                raise InputError(f"{cfg.filename} is an experiment file of HRNet's repository; "
                                 'mmseg config --cfg FILE --out mine.py makes a config of it')
            near = near_miss(key, map(str, cfg._cfg_dict))
            raise InputError(f"{cfg.filename or 'the config'} has no '{key}'"
                             + (f" (is '{near}' meant?)" if near else '')
                             + '; is it a part that others name under _base_?')


def check_config(cfg: Config, source: str = 'the config') -> None:
    """Raise InputError for a key that is not known and resembles one that is.

    A config may hold variables of its own at the top level, so only near misses of a key that is
    not there itself count as wrong; keys of parts with a ``type`` are checked when they are built.

    Args:
        cfg: A loaded config.
        source: Its file, for messages.
    """
    _check_keys(cfg._cfg_dict, _TOP, source, '')
    for path, known in _INSIDE.items():
        part: Any = cfg._cfg_dict
        for name in path.split('.'):
            part = part.get(name) if isinstance(part, Mapping) else None
        if isinstance(part, Mapping):
            _check_keys(part, known, source, f'{path}.')
    _check_layers(cfg._cfg_dict, source, '')
    for name in ('lr_config', 'momentum_config'):
        part = cfg.get(name)
        if isinstance(part, Mapping) and 'policy' not in part:
            raise InputError(f"{source}: {name} needs the key 'policy', such as policy='poly'; it "
                             f'has only {sorted(part)}')


def _check_keys(part: Mapping, known: Iterable[str], source: str, prefix: str) -> None:
    known = tuple(known)
    for key, value in part.items():
        if key in known or key in _VARIABLES:
            continue
        near = near_miss(str(key), [k for k in known if k not in part])
        if _RENAMED.get(str(key)) in known:
            near = _RENAMED[str(key)]
        # several of something, such as seeds = [0, 1], are a variable of the user's
        elif not prefix and key == f'{near}s' and not isinstance(value, Mapping):
            continue
        if near:
            raise InputError(f"{source}: unknown key '{prefix}{key}' (did you mean "
                             f"'{prefix}{near}'?)")


def _check_layers(part: Any, source: str, path: str) -> None:
    """Look up the types of norm, conv and activation layers at any level."""
    if isinstance(part, (list, tuple)):
        for index, item in enumerate(part):
            _check_layers(item, source, f'{path}{index}.')
    if not isinstance(part, Mapping):
        return
    for key, value in part.items():
        registry = _LAYERS.get(key)
        kind = value.get('type') if isinstance(value, Mapping) else None
        # DCN is registered with the first network that wants it.
        if registry is not None and isinstance(kind, str) and find(kind, registry) is None \
                and kind not in ('DCN', 'DCNv2'):
            near = nearest(kind, registry.module_dict)
            if near:
                raise InputError(f"{source}: {path}{key} has the unknown type '{kind}'{near}")
        _check_layers(value, source, f'{path}{key}.')


def _move_data(part: Any, old: str | None, new: str) -> None:
    """Point every data set that was at the config's ``data_root`` to the one given."""
    if isinstance(part, (list, tuple)):
        for item in part:
            _move_data(item, old, new)
    elif isinstance(part, Mapping):
        if old is not None and part.get('data_root') == old:
            part['data_root'] = new  # type: ignore[index]
        for value in part.values():
            _move_data(value, old, new)


def _check_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """A key of ``--cfg-options`` may be new, but not a near miss of an existing one."""
    for option in options:
        part: Any = cfg._cfg_dict
        seen = ''
        for name in option.split('.'):
            if isinstance(part, (list, tuple)) and name.isdigit():
                if int(name) >= len(part):
                    raise InputError(f'--cfg-options {option}: {seen[:-1]} has {len(part)} entries')
                part = part[int(name)]
            elif isinstance(part, Mapping):
                near = near_miss(name, map(str, part))
                if name not in part and near and name not in _NO_SLIPS and not (
                        seen == '' and name in _TOP):
                    raise InputError(f"--cfg-options {option}: no key '{seen}{name}' in the config "
                                     f"(did you mean '{seen}{near}'?)")
                part = part.get(name, {})
            else:
                break
            seen += f'{name}.'
