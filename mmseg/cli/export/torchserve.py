"""Pack a network as a .mar file for TorchServe."""
from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

from mmseg import serve
from mmseg.utils.errors import InputError, MissingFileError

HANDLER = Path(serve.__file__).with_name('torchserve_handler.py')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        __doc__ + ' It holds checkpoint, config and handler; the machine that serves '
        'it needs this package installed. It answers a picture with its label map as a PNG.')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--output-folder', required=True, metavar='DIR', help='where it goes')
    parser.add_argument('--model-name', help="its name (default: the checkpoint's)")
    parser.add_argument('--model-version', default='1.0', help='its version (default: %(default)s)')
    parser.add_argument('-f', '--force', action='store_true', help='write over what is there')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    print(pack(args.config, args.checkpoint, args.output_folder, args.model_name,
               args.model_version, args.force))


def pack(config: str, checkpoint: str, folder: str, name: str | None = None,
         version: str = '1.0', force: bool = False) -> Path:
    """The file ``folder/name.mar`` with a network and the handler.

    Raises:
        InputError: Config or checkpoint is not there, the file is there already, or the package
            torch-model-archiver is not installed.
    """
    from mmseg.utils.config import load_config
    try:
        from model_archiver.model_packaging import package_model
        from model_archiver.model_packaging_utils import ModelExportUtils
    except ImportError as error:
        raise InputError('packing for TorchServe needs torch-model-archiver: '
                         'pip install torch-model-archiver') from error
    if not Path(checkpoint).is_file():
        raise MissingFileError(f'checkpoint {checkpoint} not found')
    name = name or Path(checkpoint).stem
    packed = Path(folder) / f'{name}.mar'
    if packed.exists() and not force:
        raise InputError(f'{packed} exists; --force writes over it')
    packed.parent.mkdir(parents=True, exist_ok=True)
    # on the same disk, so that the whole file can take its place at once
    with tempfile.TemporaryDirectory(dir=packed.parent) as parts:
        load_config(config).dump(os.path.join(parts, 'config.py'))
        args = SimpleNamespace(
            model_file=os.path.join(parts, 'config.py'), serialized_file=checkpoint,
            handler=str(HANDLER), model_name=name, version=version, export_path=parts,
            force=True, archive_format='default', runtime='python', extra_files=None,
            requirements_file=None, config_file=None)
        package_model(args, ModelExportUtils.generate_manifest_json(args))
        os.replace(os.path.join(parts, packed.name), packed)
    return packed
