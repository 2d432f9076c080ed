"""Policies of augmentation: which changes come one after the other, and how strong they are."""
from __future__ import annotations

import inspect
import random
from collections.abc import Mapping, Sequence
from typing import Any

from mmseg.utils.errors import InputError

from ..builder import PIPELINES
from .classification import Results
from .compose import Compose

# What transforms of a policy get for arguments that they have and their configs leave out.
_HPARAMS = dict(pad_val=128)


def _step(config: Any, hparams: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """The config of a transform, with those of ``hparams`` that it takes and does not have."""
    if not isinstance(config, Mapping) or 'type' not in config:
        raise InputError(f"transforms in policies of {owner} are dicts with 'type', got {config!r}")
    kind = config['type']
    factory = PIPELINES.get(kind) if isinstance(kind, str) else kind
    known = inspect.signature(factory.__init__).parameters if factory else {}
    missing = {key: value for key, value in hparams.items()
               if key in known and config.get(key) is None}
    return {**config, **missing}


@PIPELINES.register_module()
class AutoAugment:
    """One of several lists of transforms, drawn for each image.

    Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", CVPR 2019.

    Args:
        policies: Lists of configs of transforms.
        hparams: Arguments for all transforms that take them and whose configs leave them out.

    Raises:
        InputError: Not a list, an empty one, or an item that does not describe a transform.
    """

    def __init__(self, policies: Sequence[Sequence[Mapping[str, Any]]],
                 hparams: Mapping[str, Any] = _HPARAMS) -> None:
        if not _is_list(policies) or not all(_is_list(policy) for policy in policies):
            raise InputError('policies of AutoAugment are lists of configs of transforms, got '
                             f'{policies!r}')
        self.hparams = hparams
        self.policies = [[_step(config, hparams, 'AutoAugment') for config in policy]
                         for policy in policies]
        self._transforms = [Compose(policy) for policy in self.policies]

    def __call__(self, results: Results) -> Results | None:
        """Draw a list and apply it."""
        return random.choice(self._transforms)(results)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(policies={self.policies})'


@PIPELINES.register_module()
class RandAugment:
    """Some of several transforms, all of one strength, drawn for each image.

    Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search space",
    CVPR workshops 2020.

    Args:
        policies: Configs of transforms. Where ``magnitude_key`` names an argument, this is
            ``low + (high - low) * level / total_level`` of the pair ``magnitude_range=(low,
            high)``, of which the first may be the larger one.
        num_policies: How many transforms an image gets; one may come more than once.
        magnitude_level: The level.
        magnitude_std: Above 0, each level is drawn from the normal distribution around
            ``magnitude_level`` with this deviation, and kept within 0 and ``total_level``; 'inf'
            draws it evenly between 0 and ``magnitude_level``.
        total_level: The level of ``high``.
        hparams: Arguments for all transforms that take them and whose configs leave them out.

    Raises:
        InputError: No policies, one that is not a dict or lacks its range, or a number that is out
            of range.
    """

    def __init__(self, policies: Sequence[Mapping[str, Any]], num_policies: int,
                 magnitude_level: float, magnitude_std: float | str = 0.0,
                 total_level: float = 30, hparams: Mapping[str, Any] = _HPARAMS) -> None:
        if not _is_list(policies):
            raise InputError('policies of RandAugment is a list of configs of transforms, got '
                             f'{policies!r}')
        if not isinstance(num_policies, int) or num_policies < 1:
            raise InputError('num_policies of RandAugment is a whole number from 1 on, got '
                             f'{num_policies!r}')
        if not _is_number(magnitude_level) or magnitude_level < 0 \
                or not _is_number(total_level) or total_level <= 0:
            raise InputError('RandAugment takes a magnitude_level from 0 on and a total_level '
                             f'above 0, got {magnitude_level!r} and {total_level!r}')
        if magnitude_std != 'inf' and not _is_number(magnitude_std):
            raise InputError("magnitude_std of RandAugment is a number or 'inf', got "
                             f'{magnitude_std!r}')
        self.num_policies, self.magnitude_level = num_policies, magnitude_level
        self.magnitude_std, self.total_level = magnitude_std, total_level
        self.hparams = hparams
        self.policies = [_step(config, hparams, 'RandAugment') for config in policies]
        for policy in self.policies:
            low_and_high = policy.get('magnitude_range')
            if policy.get('magnitude_key') is not None and (
                    not isinstance(low_and_high, (list, tuple)) or len(low_and_high) != 2):
                raise InputError(f"{policy['type']} in policies of RandAugment has a magnitude_key "
                                 f'and needs magnitude_range, a pair, got {low_and_high!r}')
        Compose([self.step(policy, magnitude_level) for policy in self.policies])  # to check them

    def __call__(self, results: Results) -> Results | None:
        """Draw transforms and their levels, and apply them."""
        drawn = random.choices(self.policies, k=self.num_policies)
        return Compose([self.step(policy, self._level(policy)) for policy in drawn])(results)

    def _level(self, policy: Mapping[str, Any]) -> float:
        """The level of one transform."""
        level, std = self.magnitude_level, self.magnitude_std
        if policy.get('magnitude_key') is None:
            return level
        if isinstance(std, str):
            return random.uniform(0, level)
        return min(self.total_level, max(0, random.gauss(level, std))) if std > 0 else level

    def step(self, policy: Mapping[str, Any], level: float) -> dict[str, Any]:
        """The config of a transform at a level.

        Args:
            policy: Its config, maybe with ``magnitude_key`` and ``magnitude_range``.
            level: Between 0 and ``total_level``.
        """
        config = dict(policy)
        key = config.pop('magnitude_key', None)
        if key is not None:
            low, high = config.pop('magnitude_range')
            config[key] = level / self.total_level * (high - low) + low
        return config

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(policies={self.policies}, '
                f'num_policies={self.num_policies}, magnitude_level={self.magnitude_level}, '
                f'total_level={self.total_level})')


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))
