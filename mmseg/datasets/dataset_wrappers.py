"""Data sets made of other data sets: one after the other, over again, several pages on one."""
from __future__ import annotations

import copy
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from mmcv.utils import print_log
from torch.utils.data import ConcatDataset as _ConcatDataset

from mmseg.core.evaluation import EvalResult, is_counts, split_by_pages
from mmseg.utils.errors import InputError, plural

from .builder import DATASETS, PIPELINES


def _adopt_names(wrapper: Any, dataset: Any) -> None:
    """Let a wrapper know its classes, colours and page classes as the data set within does."""
    wrapper.CLASSES = dataset.CLASSES
    wrapper.PALETTE = dataset.PALETTE
    wrapper.PAGE_CLASSES = getattr(dataset, 'PAGE_CLASSES', None)
    wrapper.counts_pages = getattr(dataset, 'counts_pages', True)


def check_same_classes(datasets: Sequence[Any]) -> None:
    """Raise InputError where data sets to be joined have different classes."""
    first = datasets[0].CLASSES
    for number, dataset in enumerate(datasets):
        if list(dataset.CLASSES or ()) != list(first or ()):
            raise InputError(f'data sets to be joined must have the same classes, but number '
                             f'0 has {first} and number {number} {dataset.CLASSES}')


@DATASETS.register_module()
class ConcatDataset(_ConcatDataset):
    """Data sets one after the other; they share the classes of the first.

    Args:
        datasets: Built data sets.
        separate_eval: Whether each is evaluated by itself, its scores under ``0_mIoU``, ``1_mIoU``
            and so on, or all together; 'both' for those scores and ``mIoU`` of all together.

    Raises:
        InputError: The data sets have different classes.
    """

    datasets: list[Any]
    CLASSES: Sequence[str] | None

    def __init__(self, datasets: Sequence[Any], separate_eval: bool | str = True) -> None:
        if separate_eval not in (True, False, 'both'):
            raise InputError(f"separate_eval must be True, False or 'both', got {separate_eval!r}")
        super().__init__(datasets)
        check_same_classes(self.datasets)
        _adopt_names(self, self.datasets[0])
        self.separate_eval = separate_eval

    def evaluate(self, results: Sequence[Any], logger: Any = None,
                 **kwargs: Any) -> OrderedDict[str, float]:
        """Scores of each data set, or of all together.

        Args:
            results: The pages' results in order, as the data sets' own ``evaluate`` takes them.
            logger: Where the tables go.
            **kwargs: For the data sets' ``evaluate``.

        Raises:
            InputError: Not as many results as pages.
            NotImplementedError: Data sets of different kinds can be evaluated only separately.
        """
        groups = split_by_pages(results, [len(dataset) for dataset in self.datasets])
        if self.separate_eval == 'both':
            apart = self._evaluate_each(groups, logger, **kwargs)
            print_log(f'all data sets, {plural(len(self), "page")}:', logger)
            together = self._evaluate_all(results, groups, logger, **kwargs)
            apart.report['together'] = together.report
            apart.update(together)
            return apart
        if self.separate_eval:
            return self._evaluate_each(groups, logger, **kwargs)
        return self._evaluate_all(results, groups, logger, **kwargs)

    def _evaluate_each(self, groups: Sequence[Any], logger: Any, **kwargs: Any) -> EvalResult:
        scores = EvalResult()
        reports: dict[str, Any] = {}
        for number, (dataset, group) in enumerate(zip(self.datasets, groups, strict=True)):
            print_log(f'data set {number}, {plural(len(dataset), "page")}:', logger)
            found = dataset.evaluate(group, logger=logger, **kwargs)
            scores.update((f'{number}_{key}', value) for key, value in found.items())
            reports[str(number)] = getattr(found, 'report', {'summary': dict(found)})
        scores.report = {'summary': dict(scores), 'data_sets': reports}
        return scores

    def _evaluate_all(self, results: Sequence[Any], groups: Sequence[Any], logger: Any,
                      **kwargs: Any) -> Any:
        if len({type(dataset) for dataset in self.datasets}) > 1:
            raise NotImplementedError('data sets of different kinds cannot be evaluated together; '
                                      'set separate_eval=True')
        if not is_counts(results[0]):
            results = list(chain.from_iterable(
                dataset.pre_eval(group, range(len(dataset)))
                for dataset, group in zip(self.datasets, groups, strict=True)))
        return self.datasets[0].evaluate(results, logger=logger, **kwargs)

    def result_names(self, **kwargs: Any) -> list[str]:
        """The names of the scores that :meth:`evaluate` gives, for the same arguments."""
        if not self.separate_eval:
            return self.datasets[0].result_names(**kwargs)
        together = self.datasets[0].result_names(**kwargs) if self.separate_eval == 'both' else []
        return [f'{number}_{name}' for number, dataset in enumerate(self.datasets)
                for name in dataset.result_names(**kwargs)] + together

    def get_dataset_idx_and_sample_idx(self, indice: int) -> tuple[int, int]:
        """Number of the data set that page ``indice`` is in, and its number there.

        Args:
            indice: From 0, or negative from the end.

        Raises:
            InputError: There is no such page.
        """
        place = indice + len(self) if indice < 0 else indice
        if not 0 <= place < len(self):
            raise InputError(f'there are {len(self)} pages, but no page {indice}')
        number = bisect_right(self.cumulative_sizes, place)
        return number, place - (self.cumulative_sizes[number - 1] if number else 0)

    def format_results(self, results: Sequence[Any], imgfile_prefix: str,
                       indices: Sequence[int] | None = None, **kwargs: Any) -> list[Any]:
        """Each page written by its own data set, into a folder with that data set's number."""
        written: list[Any] = []
        for index, result in zip(range(len(self)) if indices is None else indices, results,
                                 strict=True):
            number, place = self.get_dataset_idx_and_sample_idx(index)
            written += self.datasets[number].format_results(
                [result], f'{imgfile_prefix}/{number}', indices=[place], **kwargs)
        return written

    def pre_eval(self, preds: Any, indices: Any) -> list[Any]:
        """The counts of pages, each by its own data set."""
        if np.ndim(indices) == 0:
            preds, indices = preds if isinstance(preds, list) else [preds], [indices]
        counts: list[Any] = []
        for pred, index in zip(preds, indices, strict=True):
            number, place = self.get_dataset_idx_and_sample_idx(index)
            counts += self.datasets[number].pre_eval([pred], [place])
        return counts


@DATASETS.register_module()
class RepeatDataset:
    """A data set several times over, so that an epoch of few pages is long.

    Args:
        dataset: A built data set.
        times: How often.
    """

    def __init__(self, dataset: Any, times: int) -> None:
        self.dataset = dataset
        self.times = times
        _adopt_names(self, dataset)

    def __getitem__(self, idx: int) -> Any:
        return self.dataset[idx % len(self.dataset)]

    def __len__(self) -> int:
        return self.times * len(self.dataset)


@DATASETS.register_module()
class MultiImageMixDataset:
    """A data set whose transforms mix several pages into one, such as RandomMosaic.

    Before a transform with ``get_indexes(dataset)`` runs, the pages that it names are loaded into
    ``results['mix_results']``.

    Args:
        dataset: A built data set that gives pages as arrays.
        pipeline: Transforms to run on them.
        skip_type_keys: Types of transforms to leave out, or one type.

    Raises:
        InputError: A transform that is not a config dict.
    """

    def __init__(self, dataset: Any, pipeline: Sequence[Mapping[str, Any]],
                 skip_type_keys: str | Sequence[str] | None = None) -> None:
        self.update_skip_type_keys(skip_type_keys)
        self.pipeline: list[Any] = []
        self.pipeline_types: list[str] = []
        for transform in pipeline:
            if not isinstance(transform, Mapping):
                raise InputError(f'a transform of MultiImageMixDataset must be a config dict, got '
                                 f'{transform!r}')
            self.pipeline_types.append(transform['type'])
            self.pipeline.append(PIPELINES.build(transform))
        self.dataset = dataset
        self.num_samples = len(dataset)
        _adopt_names(self, dataset)

    def __len__(self) -> int:
        return self.num_samples

    def __getitem__(self, idx: int) -> Any:
        # pages may come from a cache: what the transforms write must not stay there
        results = copy.deepcopy(self.dataset[idx])
        for transform, kind in zip(self.pipeline, self.pipeline_types, strict=True):
            if kind in self._skip_type_keys:
                continue
            if hasattr(transform, 'get_indexes'):
                indexes = transform.get_indexes(self.dataset)
                numbers = indexes if isinstance(indexes, Sequence) else [indexes]
                results['mix_results'] = [copy.deepcopy(self.dataset[n]) for n in numbers]
            results = transform(results)
            results.pop('mix_results', None)
        return results

    def update_skip_type_keys(self, skip_type_keys: str | Sequence[str] | None) -> None:
        """Leave out the transforms of these types from now on.

        Args:
            skip_type_keys: Names of registered transforms, or one name; None for no such.

        Raises:
            InputError: Not names.
        """
        keys = () if skip_type_keys is None else skip_type_keys
        if isinstance(keys, str):
            keys = (keys,)
        if not isinstance(keys, Collection) or not all(isinstance(key, str) for key in keys):
            raise InputError(f'skip_type_keys must be a list of type names, got {keys!r}')
        self._skip_type_keys = frozenset(keys)
