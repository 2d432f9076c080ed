"""The data sets that a config reads, inside of all wrappers, with their loading settings."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mmcv

from mmseg.datasets.builder import build_dataset
from mmseg.datasets.files import lenient_loading, missing
from mmseg.datasets.pipelines import LoadAnnotations, LoadImageFromFile
from mmseg.utils.errors import InputError

from .findings import Finding, Findings

SPLITS = ('train', 'val', 'test')
_DISK = dict(backend='disk')


class Source:
    """A data set that reads files, each of its pages once.

    Args:
        dataset: Any data set with ``img_infos``, such as a CustomDataset.
        split: What reads it: 'train', 'val' or 'test'.
        number: Its number among the sources.
        num_classes: Taken where the data set does not know its classes.

    Attributes:
        splits: All that reads it.
        pages: The data set's ``img_infos``, each page once.
        labelled: Whether there are label maps.
    """

    def __init__(self, dataset: Any, split: str, number: int,
                 num_classes: int | None = None) -> None:
        self.dataset = dataset
        self.splits = [split]
        self.number = number
        self.pages = _once_each(dataset.img_infos)
        self.num_classes = len(dataset.CLASSES) if dataset.CLASSES is not None else num_classes
        self.image_loader = _loader(dataset, LoadImageFromFile) or LoadImageFromFile()
        self.label_loader = (_loader(dataset, LoadAnnotations)
                             or getattr(dataset, 'gt_seg_map_loader', None) or LoadAnnotations())
        self.labelled = has_label_maps(dataset)

    @property
    def name(self) -> str:
        """Such as 'train', or 'val, test'."""
        return ', '.join(self.splits)

    @property
    def has_page_classes(self) -> bool:
        """Whether each page should have its page class."""
        return getattr(self.dataset, 'PAGE_CLASSES', None) is not None

    def results(self, page: int) -> dict[str, Any]:
        """The input of the transforms for a page."""
        info = self.pages[page]
        results = dict(img_info=info)
        if self.labelled and 'ann' in info:
            results['ann_info'] = info['ann']
        self.dataset.pre_pipeline(results)
        return results

    def read(self, filename: str, loader: Any) -> bytes | None:
        """A file's bytes, read as the loader or the data set is configured; None if it is
        missing.
        """
        args = getattr(loader, 'file_client_args', _DISK)
        if args == _DISK:
            args = getattr(self.dataset, 'file_client_args', _DISK)
        try:
            # FileClient keeps one client for the same arguments
            return mmcv.FileClient(**args).get(filename)
        except (FileNotFoundError, KeyError):
            return None

    def signature(self) -> str:
        """The same for sources that read the same pages in the same way."""
        digest = hashlib.blake2b()
        dataset = self.dataset
        for name in ('img_dir', 'ann_dir', 'reduce_zero_label', 'label_map', 'CLASSES'):
            digest.update(repr(getattr(dataset, name, None)).encode())
        digest.update(f'{type(dataset)} {self.labelled}'.encode())
        for info in self.pages:
            digest.update(repr(_key(info)).encode())
        return digest.hexdigest()


def has_label_maps(dataset: Any) -> bool:
    """Whether a data set has label maps: not one of text lines, nor a test that withholds all."""
    maps = [info['ann']['seg_map'] for info in getattr(dataset, 'img_infos', ())
            if 'seg_map' in info.get('ann', ())]
    folder, client = getattr(dataset, 'ann_dir', None), getattr(dataset, 'file_client', None)
    if not maps or not getattr(dataset, 'test_mode', False) or folder is None or client is None:
        return bool(maps)
    return len(missing(folder, maps, client)) < len(maps)


def leaves(dataset: Any) -> Iterator[Any]:
    """The data sets that read files, inside of wrappers."""
    inner = getattr(dataset, 'datasets', None)
    if inner is None:
        inner = getattr(dataset, 'dataset', None)
    if inner is None:
        yield dataset
    else:
        for part in inner if isinstance(inner, (list, tuple)) else [inner]:
            yield from leaves(part)


def find_sources(cfg: mmcv.Config, findings: Findings, splits: Sequence[str] = SPLITS,
                 built: Mapping[str, Any] = {}) -> list[Source]:
    """The sources of a config's data; what cannot be built becomes a finding.

    Args:
        cfg: With ``data``.
        findings: Takes the findings.
        splits: Parts of ``data`` to look at; those that are not there are passed over.
        built: Data sets of some splits that are built already.

    Raises:
        InputError: The config has none of these parts.
    """
    data = cfg.get('data') or {}
    there = [split for split in splits if data.get(split)]
    if not there:
        raise InputError('the config has no data to check: expected one of '
                         + ', '.join(f'data.{split}' for split in splits))
    sources: list[Source] = []
    known: dict[str, Source] = {}
    for split in there:
        equal = [done for done in there[:there.index(split)]
                 if done != 'train' and split != 'train' and data[done] == data[split]]
        if equal:
            for source in sources:
                if equal[0] in source.splits:
                    source.splits.append(split)
            continue
        whole = built[split] if split in built else _build(data[split], split, findings)
        for dataset in _known(whole, split, findings):
            source = Source(dataset, split, len(sources), classes_of_network(cfg))
            # compared by all names: the same folder may be split in many ways
            twin = known.setdefault(source.signature(), source)
            if twin is source:
                sources.append(source)
            elif split not in twin.splits:
                twin.splits.append(split)
    return sources


def classes_of_network(cfg: mmcv.Config) -> int | None:
    """``num_classes`` of the network's decode head; None where it does not say."""
    head = (cfg.get('model') or {}).get('decode_head')
    head = head[-1] if isinstance(head, (list, tuple)) else head
    return head.get('num_classes') if isinstance(head, Mapping) else None


def _build(cfg: Any, split: str, findings: Findings) -> Any:
    """The data set of a split, with its faulty pages; None where it cannot be built."""
    try:
        with lenient_loading():
            return build_dataset(cfg, None if split == 'train' else dict(test_mode=True))
    except (InputError, OSError) as error:
        findings.add(Finding('dataset', split, '', f'data.{split} cannot be built: {error}'))
        return None


def _known(dataset: Any, split: str, findings: Findings) -> list[Any]:
    """The data sets within ``dataset`` that can be checked."""
    known = []
    for part in leaves(dataset) if dataset is not None else ():
        if hasattr(part, 'img_infos') and hasattr(part, 'pre_pipeline'):
            known.append(part)
        elif not getattr(part, 'checks_itself', False):
            findings.add(Finding(
                'unknown', split, '', f'data.{split} has a {type(part).__name__}, whose files '
                'cannot be checked: expected img_infos and pre_pipeline, as CustomDataset has '
                'them'))
    return known


def _loader(dataset: Any, kind: type) -> Any:
    """The transform of this kind in the data set's pipeline, None where there is none."""
    transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    return next((transform for transform in transforms if isinstance(transform, kind)), None)


def _key(info: Mapping[str, Any]) -> tuple[str, str]:
    return info['filename'], info.get('ann', {}).get('seg_map', '')


def _once_each(infos: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Pages without repetitions, as balancing makes them; the list itself where there are none."""
    pages = {_key(info): info for info in infos}
    return infos if len(pages) == len(infos) else list(pages.values())
