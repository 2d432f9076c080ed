"""Effects of printers, scanners and cameras on a clean page."""
from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mmseg.utils.errors import InputError, nearest

from ..builder import PIPELINES
from . import scan_effects as effect
from .geometry import Results, _check_probability
from .line_polygons import move_lines

# Lengths are given for a page whose longer side has this many pixels.
DESIGN_SIZE = 768
STRENGTHS = {'good_scanner': 0.35, 'office_scanner': 0.65, 'bad_office_scanner': 1.0}
# Whites of paper in BGR at full strength: yellowed, brown, grey, bluish, reddish.
PAPERS = ((190, 222, 236), (160, 195, 218), (205, 205, 205), (228, 214, 205), (205, 208, 228))

Draws = dict[str, dict[str, Any]]


class _PageScale(NamedTuple):
    """What drawing has to know of a page."""

    size: tuple[int, int]
    unit: float  # pixels of the image for one of a page of DESIGN_SIZE


def _offset(rng: np.random.Generator) -> tuple[int, int]:
    row, column = rng.integers(0, effect.TEXTURE, 2).tolist()
    return row, column


def _ink(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    return dict(amount=strength * rng.uniform(-0.5, 0.8), radius=max(1, round(page.unit)))


def _fading(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    return dict(even=strength * rng.uniform(0, 0.4), patchy=strength * rng.uniform(0, 0.5),
                offset=_offset(rng))


def _show_through(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    return dict(strength=strength * rng.uniform(0.05, 0.25), sigma=page.unit * rng.uniform(0.8, 2),
                offset=_offset(rng))


def _paper(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    tone = np.array(PAPERS[rng.integers(len(PAPERS))], float)
    white = 255 - strength * rng.uniform(0.1, 1) * (255 - tone)
    return dict(white=tuple(white.tolist()), black=strength * rng.uniform(0, 60),
                clouds=strength * rng.uniform(0, 0.03), grain=strength * rng.uniform(0, 0.03),
                offset=_offset(rng))


def _geometry(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    """A turn of up to 2.5 degrees, in two of five cases with perspective."""
    height, width = page.size
    angle = np.deg2rad(strength * rng.uniform(-2.5, 2.5))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (width, height)
    middle = np.array((width, height)) / 2
    corners = (corners - middle) @ turn + middle
    shifts = rng.uniform(-0.03, 0.03, (4, 2)) * strength * max(page.size)
    if rng.random() < 0.4:
        corners = corners + shifts
    outside = float(rng.choice([0, rng.uniform(0, 80), rng.uniform(120, 220), 255]))
    return dict(corners=corners / (width, height), outside=outside)


def _borders(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    """One to three dark strips of up to 26 pixels of a page of 768."""
    widths = rng.uniform(2, 26, 4) * strength * page.unit * (rng.random(4) < 0.4)
    height, width = page.size
    shares = np.minimum(widths / (width, height, width, height), 0.2)
    return dict(widths=shares.tolist(), level=int(rng.integers(0, 70)))


def _light(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    darkest, angle = 1 - strength * rng.uniform(0.05, 0.45), rng.uniform(0, 2 * np.pi)
    fold = float(rng.uniform(-0.05, 0.05)) + int(rng.integers(2))
    shadow = (*rng.uniform(-0.2, 1.2, 2).tolist(), float(rng.uniform(0.3, 0.9)))
    folded, shaded = rng.random(2) < 0.25
    return dict(darkest=darkest, angle=angle, fold=fold if folded else None,
                fold_depth=strength * rng.uniform(0.2, 0.7),
                shadow=shadow if shaded and rng.random() < strength else None)


def _dust(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    height, width = page.size
    area = height * width / (page.unit * 100) ** 2
    count = min(400, int(rng.poisson(area * strength * rng.choice([0.3, 1, 4]))))
    specks = np.column_stack([rng.uniform(0, width, count), rng.uniform(0, height, count),
                              page.unit * rng.gamma(1.5, 0.4, count),
                              rng.choice([20, 90, 150, 250], count)])
    hairs = []
    for _ in range(rng.poisson(0.5 * strength)):
        bends = rng.normal(0, 0.5, 12).cumsum() + rng.uniform(0, 2 * np.pi)
        steps = np.column_stack([np.cos(bends), np.sin(bends)]) * page.unit * rng.uniform(1, 5)
        hairs.append(steps.cumsum(axis=0) + rng.uniform(0, 1, 2) * (width, height))
    lines = int(rng.poisson(0.35 * strength))
    streaks = np.column_stack([rng.uniform(0, width, lines),
                               page.unit * rng.uniform(0.5, 1.5, lines),
                               strength * rng.uniform(-60, 30, lines)])
    return dict(specks=specks, hairs=hairs, streaks=streaks)


def _blur(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    sigma = strength * page.unit * rng.uniform(0.2, 1.1)
    motion = strength * page.unit * rng.uniform(1, 4) * (rng.random() < 0.2)
    return dict(sigma=sigma, motion=motion, angle=rng.uniform(0, np.pi))


def _resolution(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    # relative to a page of DESIGN_SIZE, so that large images lose as much as small ones
    return dict(factor=min(1.0, (1 - strength * rng.uniform(0.1, 0.5)) / max(1.0, page.unit)))


def _grey(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    return {}


def _black_and_white(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    return dict(threshold=0.72 + strength * rng.uniform(-0.2, 0.12), local=rng.random() < 0.6,
                dots=rng.uniform(40, 160) * (rng.random() < 0.4))


def _noise(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    return dict(sigma=strength * rng.uniform(1, 14), offset=_offset(rng),
                coarseness=max(1.0, page.unit * rng.uniform(0.8, 2)))


def _jpeg(rng: np.random.Generator, strength: float, page: _PageScale) -> dict[str, Any]:
    return dict(quality=int(95 - strength * rng.uniform(10, 75)))


class Effect(NamedTuple):
    """One effect: how often it comes, where its numbers come from, and what it does."""

    chance: float
    draw: Callable[[np.random.Generator, float, _PageScale], dict[str, Any]]
    apply: Callable[..., np.ndarray]


# In the order in which they happen to a page: print, paper, glass and lens, sensor, file.
EFFECTS = {
    'ink': Effect(0.5, _ink, effect.spread_ink),
    'fading': Effect(0.35, _fading, effect.fade_ink),
    'show_through': Effect(0.3, _show_through, effect.show_through),
    'paper': Effect(0.8, _paper, effect.paper),
    'geometry': Effect(0.5, _geometry, effect.warp),
    'borders': Effect(0.2, _borders, effect.borders),
    'light': Effect(0.6, _light, effect.light),
    'dust': Effect(0.5, _dust, effect.dust),
    'blur': Effect(0.5, _blur, effect.blur),
    'resolution': Effect(0.35, _resolution, effect.lower_resolution),
    'grey': Effect(0.45, _grey, effect.grey),
    'black_and_white': Effect(0.12, _black_and_white, effect.black_and_white),
    'noise': Effect(0.6, _noise, effect.noise),
    'jpeg': Effect(0.5, _jpeg, effect.jpeg),
}


@PIPELINES.register_module()
class ScanEffects:
    """The page as if printed, scanned or photographed; geometry moves label maps along.

    Each effect comes with its own chance, and how much of it grows with ``strength``. Lengths
    follow the size of the whole page (``ori_shape`` and ``scale_factor``), so that a crop, a page
    and an enlarged page look alike.

    The effects, in their order: ``ink`` (strokes spread or thinned), ``fading``,
    ``show_through``, ``paper`` (tone, clouds, grain), ``geometry`` (a turn of up to 2.5 degrees,
    perspective), ``borders`` (dark strips along the sides), ``light`` (slope, a book's fold, a
    shadow), ``dust`` (specks, hairs, streaks), ``blur`` (focus, motion), ``resolution``, ``grey``,
    ``black_and_white``, ``noise`` and ``jpeg``.

    Args:
        prob: Share of pages that are treated.
        strength: From 0, which leaves the page nearly clean, to 1; or ``'good_scanner'`` (0.35),
            ``'office_scanner'`` (0.65) or ``'bad_office_scanner'`` (1).
        effects: Names of the effects that may come, with the chances above; or a dict of names
            and chances. All by default. A test pipeline scores against labels as they lie in
            their files: leave out ``geometry`` and ``borders`` there.
        seed: With it a page's draws depend only on this number and the page's file name, not on
            the order of pages or on NumPy's random state.
        seg_pad_val: Label of what lies outside the page after ``geometry`` or under ``borders``;
            255 keeps it out of the loss.

    Raises:
        InputError: A number out of range, or an unknown effect or strength.
    """

    def __init__(self, prob: float = 0.5, strength: float | str = 0.65,
                 effects: Sequence[str] | Mapping[str, float] | None = None,
                 seed: int | None = None, seg_pad_val: int = 0) -> None:
        _check_probability(prob, 'ScanEffects')
        self.prob = prob
        self.strength = _checked_strength(strength)
        self.chances = _checked_chances(EFFECTS if effects is None else effects)
        if seed is not None and seed < 0:
            raise InputError(f'ScanEffects: seed is None or a number from 0, got {seed}')
        if not 0 <= seg_pad_val <= 255:
            raise InputError(f'ScanEffects: seg_pad_val is a label in [0, 255], got {seg_pad_val}')
        self.seed = seed
        self.seg_pad_val = seg_pad_val

    def _generator(self, results: Results) -> np.random.Generator:
        if self.seed is None:
            return np.random.default_rng(np.random.randint(2 ** 31))
        name = str(results.get('ori_filename', ''))
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def draw(self, results: Results) -> Draws:
        """The effects that come to this page, each with its numbers."""
        rng = self._generator(results)
        page = _PageScale(results['img'].shape[:2], _unit(results))
        if rng.random() >= self.prob:
            return {}
        return {name: EFFECTS[name].draw(rng, self.strength, page)
                for name, chance in self.chances.items() if rng.random() < chance}

    @staticmethod
    def apply(image: np.ndarray, draws: Draws) -> np.ndarray:
        """The image uint8 ``(H, W, 3)``, BGR, after these effects, which come in their order."""
        for name in EFFECTS:
            if name in draws:
                image = EFFECTS[name].apply(image, **draws[name])
        return image

    def apply_to_label(self, label: np.ndarray, draws: Draws) -> np.ndarray:
        """The label map ``(H, W)`` after those effects that move or cover parts of the page."""
        if 'geometry' in draws:
            label = effect.warp(label, draws['geometry']['corners'], self.seg_pad_val, nearest=True)
        if 'borders' in draws:
            label = effect.borders(label, draws['borders']['widths'], self.seg_pad_val)
        return label

    def __call__(self, results: Results) -> Results:
        """Treat ``img`` and move ``seg_fields``; sizes stay.

        Raises:
            InputError: The image is not uint8 with three channels.
        """
        image = results['img']
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise InputError('ScanEffects takes uint8 images of three channels, got '
                             f'{image.dtype} of the shape {image.shape}: put it before Normalize')
        draws = self.draw(results)
        results['img'] = self.apply(image, draws)
        for key in results.get('seg_fields', []):
            results[key] = self.apply_to_label(results[key], draws)
        if 'geometry' in draws:
            move_lines(results, effect.view(image.shape, draws['geometry']['corners']))
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(prob={self.prob}, strength={self.strength}, '
                f'effects={self.chances}, seed={self.seed}, seg_pad_val={self.seg_pad_val})')


def _unit(results: Results) -> float:
    """Pixels of the image for one of a page of DESIGN_SIZE, whose crop the image may be."""
    sides = results.get('ori_shape', results['img'].shape)[:2]
    return max(sides) * float(np.mean(results.get('scale_factor', 1.0))) / DESIGN_SIZE


def _checked_strength(strength: float | str) -> float:
    if isinstance(strength, str):
        if strength not in STRENGTHS:
            raise InputError(f"ScanEffects: strength is a number in [0, 1] or one of "
                             f"{', '.join(STRENGTHS)}, got '{strength}'"
                             f'{nearest(strength, STRENGTHS)}')
        return STRENGTHS[strength]
    if not 0 <= strength <= 1:
        raise InputError(f'ScanEffects: strength is a number in [0, 1] or one of '
                         f"{', '.join(STRENGTHS)}, got {strength}")
    return strength


def _checked_chances(effects: Sequence[str] | Mapping[str, Any]) -> dict[str, float]:
    """The chance of each effect, in the order in which effects happen."""
    for name in effects:
        if name not in EFFECTS:
            raise InputError(f"ScanEffects has no effect '{name}'{nearest(name, EFFECTS)}; the "
                             f"effects are {', '.join(EFFECTS)}")
    chances = {}
    for name, of_old in EFFECTS.items():
        if name in effects:
            given = effects[name] if isinstance(effects, Mapping) else of_old
            chances[name] = of_old.chance if isinstance(given, Effect) else given
            _check_probability(chances[name], f'ScanEffects: effect {name}')
    return chances
