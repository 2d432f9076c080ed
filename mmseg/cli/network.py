"""Which network a command runs: config and checkpoint, a name, or the default of the package."""
from __future__ import annotations

from pathlib import Path

from mmseg.utils.errors import InputError
from mmseg.utils.named_weights import default_name, find_weights, known_names

CONFIG_HELP = 'config file, or the name of a network in the package'
CHECKPOINT_HELP = 'checkpoint file (default: the weights of that name)'
CONFIGS = ('.py', '.yaml', '.yml', '.json')
# as in mmseg.export.network, which would import torch
BACKENDS = ('torchscript', 'onnxruntime', 'openvino', 'tensorrt')
# as in mmseg.apis.predictors, and those of exported files
ANY_BACKEND = ('pytorch', 'onnxruntime', 'int8',
               *(name for name in BACKENDS if name != 'onnxruntime'))
ANY_BACKEND_HELP = ('what runs the network; one of the package: onnxruntime (default on a CPU '
                    'where it is installed), pytorch, or int8, ONNX Runtime in 8-bit integers; an '
                    'exported file: what fits it; a checkpoint: pytorch')
CHECKPOINTS = ('.pth', '.pt', '.onnx', '.safetensors')


def checkpoint_of(config: str, checkpoint: str | None) -> str | None:
    """Return the checkpoint; the weights of ``config`` where that is a name and none is given."""
    if checkpoint is None and find_weights(config) is not None and not Path(config).exists():
        return config
    return checkpoint


def network_of(config: str | None, checkpoint: str | None) -> tuple[str, str]:
    """Return config and checkpoint, of the package's default network where neither is given.

    Raises:
        InputError: A config file without a checkpoint.
    """
    config = default_name() if config is None else config
    checkpoint = checkpoint_of(config, checkpoint)
    if checkpoint is None:
        missing = '' if Path(config).exists() else f'{config} not found{known_names(config)}; '
        raise InputError(f'{missing}a config file needs a checkpoint after it')
    return config, checkpoint


def split_inputs(inputs: list[str]) -> tuple[str | None, str | None, list[str]]:
    """Return config, checkpoint and the rest of the words that name a network and then pages.

    The words may begin with a config and a checkpoint, with a name, with a name and a checkpoint,
    or with a checkpoint or exported file that holds its config; config and checkpoint are None
    where they begin with none of these.

    Raises:
        InputError: No page is left, or the first word is neither a file nor a name.
    """
    config = checkpoint = None
    rest = list(inputs)
    named = find_weights(rest[0]) is not None and not Path(rest[0]).exists()
    if not (named or Path(rest[0]).exists() or Path(rest[0]).suffix or '://' in rest[0]):
        raise InputError(f'{rest[0]} is neither a file nor a folder{known_names(rest[0])}')
    if named or rest[0].endswith(CONFIGS):
        config = rest.pop(0)
    if rest and (rest[0].endswith(CHECKPOINTS) or (config is not None and not named)):
        checkpoint = rest.pop(0)
    if not rest:
        raise InputError(f'{" ".join(inputs)} names a network but no page: give pictures, PDFs or '
                         'folders after it')
    return config, checkpoint, rest
