"""Groups: files that other libraries write: arrays, archives, tables, labels of public data."""
from __future__ import annotations

import contextlib
import io
import pickle
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from mmseg.corpora.annotations import load_class_map, paint
from mmseg.corpora.annotations.slides import MaskReader
from mmseg.corpora.archives.members import list_members
from mmseg.corpora.archives.pascal import convert_pascal_context
from mmseg.corpora.archives.street import paint_polygons
from mmseg.datasets import CIFAR10, IcdarDataset
from mmseg.datasets.shards import FOLDER, INDEX, Shards, write_shards
from mmseg.export import ExportedPredictor, describe_trace
from mmseg.export.onnx import export_onnx, save_onnx
from mmseg.layout.runs.sources import page_sources
from mmseg.layout.writers.parquet import import_arrow, read_table, table_bytes
from mmseg.models.losses import get_class_weight
from mmseg.utils.convert import read_weights
from mmseg.utils.errors import InputError
from mmseg.utils.matlab import read_mat
from mmseg.utils.pickles import read_pickle
from mmseg.utils.sandbox import run_limited

from .group import Group, as_json, read_all
from .networks import answer, network_with_config

_WEIGHTS = np.array([1., 2., .5])


def _results() -> list[bytes]:
    page = dict(seg_map=np.zeros((4, 6), np.int64), cls_label=0, cls_scores=np.ones(2, np.float32),
                best=np.float64(.5))
    return [pickle.dumps([page, page], protocol) for protocol in range(6)]


def _npy() -> list[bytes]:
    found = []
    for array in (_WEIGHTS, _WEIGHTS[None].astype('>f4'), np.arange(3)):
        stream = io.BytesIO()
        np.save(stream, array)
        found.append(stream.getvalue())
    return found


def _npz() -> list[bytes]:
    found = []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, **{'a/kernel': np.ones((3, 4), np.float32), 'b': _WEIGHTS})
        found.append(stream.getvalue())
    return found


def _mat() -> list[bytes]:
    from scipy.io import savemat
    found = []
    for compressed in (False, True):
        stream = io.BytesIO()
        savemat(stream, dict(GTcls=dict(Segmentation=np.array([[0, 20, 255]], np.uint8),
                                        names=np.array(['a', 'b'], object))),
                do_compression=compressed)
        found.append(stream.getvalue())
    return found


def _read_mat(folder: Path) -> None:
    """In processes of its own, as damaged files can crash SciPy."""
    content = (folder / 'a.mat').read_bytes()
    for simple in (False, True):
        run_limited(read_mat, content, 'GTcls', 'a.mat', simple, what='a.mat')


def _cifar() -> list[bytes]:
    content = dict(data=np.zeros((2, 3072), np.uint8), labels=[0, 1], filenames=['a', 'b'])
    return [pickle.dumps(content, protocol) for protocol in (0, 2, 4)]


def _cifar_folder(folder: Path) -> None:
    (folder / CIFAR10.FOLDER).mkdir()
    (folder / CIFAR10.FOLDER / 'batches.meta').write_bytes(pickle.dumps(dict(label_names=['a',
                                                                                         'b'])))


def _zip() -> list[bytes]:
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, 'w', kind) as archive:
            for name, content in _members().items():
                archive.writestr(name, content)
        found.append(stream.getvalue())
    return found


def _tar() -> list[bytes]:
    found = []
    for mode in ('w', 'w:gz', 'w:bz2', 'w:xz'):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
            for name, content in _members().items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        found.append(stream.getvalue())
    return found


def _members() -> dict[str, bytes]:
    picture = io.BytesIO()
    Image.new('L', (6, 4)).save(picture, 'PNG')
    return {'x/a.png': picture.getvalue(), 'x/b.txt': b'text'}


def _read_archive(folder: Path) -> None:
    for member in list_members(str(folder / 'a.zip'), 'pictures'):
        for use in (member.image, member.size, member.indices):
            with contextlib.suppress(InputError):  # the next one is looked at
                use()


def _street() -> list[Any]:
    return [dict(imgHeight=4, imgWidth=6, objects=[
        dict(label='road', polygon=[[0, 0], [5, 0], [5, 3.5]]), dict(label='cargroup', polygon=[
            [1, 1], [2, 1], [2, 2]]), dict(label='license plate', polygon=[[0, 0], [1, 1]])])]


def _context() -> list[Any]:
    return [dict(images=[dict(image_id=1, file_name='a.jpg', phase='val', height=2, width=3)],
                 annos_segmentation=[dict(image_id=1, category_id=number,
                                          segmentation=dict(size=[2, 3], counts=counts))
                                     for number, counts in ((458, [1, 5]), (9, '123'))])]


def _read_context(folder: Path) -> None:
    for path in (folder / 'out').glob('*'):
        path.unlink()
    convert_pascal_context(str(folder), str(folder / 'trainval.json'), str(folder / 'out'))


def _line_coco() -> list[Any]:
    return [dict(images=[dict(id=1, file_name='a.png')], annotations=[
        dict(image_id=1, segmentation=[[0, 0, 5, 0, 5, 3, 0, 3]], iscrowd=0),
        dict(image_id=1, bbox=[0, 4, 5, 2], iscrowd=1)])]


def _read_line_coco(folder: Path) -> None:
    dataset = IcdarDataset(str(folder / 'lines.json'), [dict(type='LoadImageFromFile')],
                           str(folder))
    read_all(dataset)


def _picture(folder: Path) -> None:
    Image.new('RGB', (9, 8), 'white').save(folder / 'a.png')


def _masks() -> list[bytes]:
    label = np.tile(np.arange(6, dtype=np.uint8) % 3 * 100, (4, 1))
    found = []
    for mode in ('1', 'L', 'P', 'RGB', 'RGBA', 'LA', 'I;16'):
        picture = Image.fromarray(label)
        stream = io.BytesIO()
        (picture.convert('I').convert(mode) if ';' in mode else picture.convert(mode)).save(stream,
                                                                                           'PNG')
        found.append(stream.getvalue())
    return found


def _mask_folder(folder: Path) -> None:
    (folder / 'masks').mkdir()
    (folder / 'img').mkdir()
    _picture(folder / 'img')


def _read_masks(folder: Path) -> None:
    page = MaskReader(str(folder / 'masks'), str(folder / 'img'), load_class_map('slides'))('a.png')
    paint(page.shapes, page.size or (8, 9), load_class_map('slides'))


@cache
def _shards() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ('JPEGImages', 'SegmentationClassPNG'):
            (folder / kind).mkdir()
            for page in 'ab':
                (folder / kind / f'{page}.png').write_bytes(b'x' * 700)
        target = folder / FOLDER
        target.mkdir()
        write_shards(target, folder, ['JPEGImages', 'SegmentationClassPNG'],
                     sorted(folder.glob('*/*.png')), 2000)
        return {file.name: file.read_bytes() for file in target.iterdir()}


def _shard_folder(folder: Path) -> None:
    for name, content in _shards().items():
        if name != INDEX:
            (folder / name).write_bytes(content)


def _read_shards(folder: Path) -> None:
    shards = Shards(str(folder))
    names = list(shards)
    shards.places(names)
    for name in names:
        shards.get(name)


def _jsonl() -> list[str]:
    return ['{"path": "a.png"}\n\n{"path": "b/c.pdf", "more": 3}\n']


@cache
def _parquet() -> list[bytes]:
    arrow = import_arrow()
    table = arrow.table({'path': ['a.png', 'b.png'], 'size': [1, 2]})
    found = [table_bytes(table, dict(level='regions'))]
    for compression in ('none', 'snappy'):
        stream = io.BytesIO()
        arrow.parquet.write_table(table, stream, compression=compression)
        found.append(stream.getvalue())
    return found


def _read_parquet(folder: Path) -> None:
    list(page_sources([str(folder / 'a.parquet')])[0])
    with contextlib.suppress(InputError):  # not all are of our own tables
        read_table((folder / 'a.parquet').read_bytes(), 'a.parquet')


@cache
def _onnx() -> bytes:
    model = network_with_config()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.onnx')
        save_onnx(export_onnx(model, torch.rand(1, 3, 32, 32)), path,
                  describe_trace(model, model.cfg))
        return path.read_bytes()


STORED = {
    'results': Group('a.pkl', _results, lambda folder: read_pickle(folder / 'a.pkl')),
    'class weights': Group('a.npy', _npy, lambda folder: get_class_weight(str(folder / 'a.npy'))),
    'arrays': Group('a.npz', _npz, lambda folder: read_weights(str(folder / 'a.npz'))),
    'MATLAB': Group('a.mat', _mat, _read_mat),
    'CIFAR': Group(f'{CIFAR10.FOLDER}/test_batch', _cifar, lambda folder: read_all(CIFAR10(
        str(folder), pipeline=[], test_mode=True)), prepare=_cifar_folder),
    'zip archive': Group('a.zip', _zip, _read_archive),
    'tar archive': Group('a.zip', _tar, _read_archive),
    'Cityscapes': Group('a.json', _street, lambda folder: paint_polygons(str(folder / 'a.json')),
                        as_json),
    'Pascal Context': Group('trainval.json', _context, _read_context, as_json,
                            lambda folder: (folder / 'VOC2010').mkdir()),
    'line COCO': Group('lines.json', _line_coco, _read_line_coco, as_json, _picture),
    'masks of slides': Group('masks/a.png', _masks, _read_masks, prepare=_mask_folder),
    'shards': Group(INDEX, lambda: [_shards()[INDEX]], _read_shards, prepare=_shard_folder),
    'list of pages': Group('a.jsonl', _jsonl, lambda folder: list(page_sources(
        [str(folder / 'a.jsonl')])[0])),
    'Parquet': Group('a.parquet', _parquet, _read_parquet),
    'ONNX': Group('a.onnx', lambda: [_onnx()], lambda folder: answer(ExportedPredictor(
        folder / 'a.onnx'))),
}
