"""Effects of printing, paper, scanners and cameras, each a function of given numbers.

Images are uint8 ``(H, W, 3)`` in BGR, lengths pixels, and ``strength`` a ratio in [0, 1]. Nothing
here is random: :class:`~mmseg.datasets.pipelines.scan.ScanEffects` draws the numbers.
"""
from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

# Side of the square textures, which repeat without a seam.
TEXTURE = 512


@lru_cache(maxsize=2)
def texture(kind: str) -> np.ndarray:
    """A repeating float32 texture ``(TEXTURE, TEXTURE)`` of mean 0 and standard deviation 1.

    Args:
        kind: ``'grain'``, where neighbouring pixels have nothing in common, or ``'clouds'``, with
            patches of about 8, 30 and 120 pixels.
    """
    rng = np.random.default_rng(20)
    grain = rng.standard_normal((TEXTURE, TEXTURE)).astype(np.float32)
    if kind == 'grain':
        return grain
    total = np.zeros_like(grain)
    ringed = np.tile(grain, (3, 3))
    for sigma in (3, 12, 48):
        blurred = cv2.GaussianBlur(ringed, (0, 0), sigma)[TEXTURE:-TEXTURE, TEXTURE:-TEXTURE]
        total += np.roll(blurred / blurred.std(), sigma * 17, axis=(0, 1))
    total -= total.mean()
    return total / total.std()


def texture_at(kind: str, size: tuple[int, int], offset: tuple[int, int]) -> np.ndarray:
    """The texture from ``offset`` (row, column) on, repeated to ``size`` (height, width)."""
    top, left = (value % TEXTURE for value in offset)
    whole = texture(kind)
    repeats = [-(-(start + side) // TEXTURE)
               for start, side in zip((top, left), size, strict=True)]
    if repeats != [1, 1]:
        whole = np.tile(whole, repeats)
    return whole[top:top + size[0], left:left + size[1]]


def darken(image: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The image times a field of ratios in [0, 1], which may be coarser than the image."""
    levels: cv2.typing.MatLike = np.clip(share * 255 + 0.5, 0, 255).astype(np.uint8)
    if levels.shape != image.shape[:2]:
        levels = cv2.resize(levels, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.multiply(image, cv2.merge([levels] * 3), scale=1 / 255)


def coarse(size: tuple[int, int], step: int) -> tuple[int, int]:
    """Height and width of a field with one value for ``step`` pixels of the image."""
    return max(2, -(-size[0] // step)), max(2, -(-size[1] // step))


def spread_ink(image: np.ndarray, amount: float, radius: int) -> np.ndarray:
    """Strokes thickened (amount in (0, 1]) or thinned (in [-1, 0)) by up to ``radius`` pixels."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    changed = cv2.erode(image, kernel) if amount > 0 else cv2.dilate(image, kernel)
    return cv2.addWeighted(changed, abs(amount), image, 1 - abs(amount), 0)


def fade_ink(image: np.ndarray, even: float, patchy: float, offset: tuple[int, int]) -> np.ndarray:
    """The image with less of its ink: ``even`` everywhere, up to ``patchy`` more in places."""
    clouds = texture_at('clouds', coarse(image.shape[:2], 4), offset)
    left = (1 - even) * (1 - patchy * np.clip(clouds * 0.5 + 0.3, 0, 1))
    return cv2.bitwise_not(darken(cv2.bitwise_not(image), left))


def show_through(image: np.ndarray, strength: float, sigma: float,
                 offset: tuple[int, int]) -> np.ndarray:
    """The image with its own mirror image on the back, which the paper lets through."""
    height, width = coarse(image.shape[:2], 2)
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (width, height),
                      interpolation=cv2.INTER_AREA)
    back = cv2.GaussianBlur(cv2.flip(grey, 1), (0, 0), max(0.3, sigma / 2))
    back = np.roll(back, offset, axis=(0, 1)).astype(np.float32)
    return darken(image, 1 - strength * (255 - back) / 255)


def paper(image: np.ndarray, white: Sequence[float], black: float, clouds: float, grain: float,
          offset: tuple[int, int]) -> np.ndarray:
    """The image on toned, cloudy paper of some grain.

    Args:
        image: The page.
        white: Grey levels that white becomes, in BGR.
        black: Grey level that black becomes.
        clouds: Standard deviation of the light that large patches take, a ratio.
        grain: Standard deviation of the light that fibres of two pixels take, a ratio.
        offset: Where in the textures this paper lies.
    """
    levels = np.arange(256, dtype=np.float32)[:, None] / 255
    table = black + levels * (np.asarray(white, np.float32) - black)
    toned = cv2.LUT(image, np.clip(table, 0, 255).astype(np.uint8)[None])
    size = image.shape[:2]
    patches = texture_at('clouds', coarse(size, 2), offset)
    fibres = texture_at('grain', coarse(size, 2), offset)
    return darken(toned, 1 - np.maximum(patches + 2, 0) * clouds - np.abs(fibres) * grain)


def light(image: np.ndarray, darkest: float, angle: float, fold: float | None,
          fold_depth: float, shadow: tuple[float, float, float] | None) -> np.ndarray:
    """The image lit unevenly.

    Args:
        image: The page.
        darkest: Brightness at the dark side, the bright side having 1.
        angle: Direction of the dark side in radians, 0 to the right and pi/2 downward.
        fold: Where the shadow of a book's fold runs downward, as a ratio of the width; or None.
        fold_depth: What the fold takes off the light, a ratio.
        shadow: Centre (x, y as ratios of the sides) and radius (ratio of the height) of a soft
            shadow, which takes a third off the light; or None.
    """
    height, width = coarse(image.shape[:2], 16)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)[None]
    slope = across * np.cos(angle) + down * np.sin(angle)
    slope = (slope - slope.min()) / max(1e-6, float(np.ptp(slope)))
    field = 1 - (1 - darkest) * slope
    if fold is not None:
        field = field * (1 - fold_depth * np.exp(-np.abs(across - fold) * 14))
    if shadow is not None:
        x, y, radius = shadow
        away = np.hypot(across - x, down - y) / radius
        field = field * (1 - 0.35 / (1 + np.exp((away - 1) * 6)))
    return darken(image, field)


def dust(image: np.ndarray, specks: np.ndarray, hairs: Sequence[np.ndarray],
         streaks: np.ndarray) -> np.ndarray:
    """The image with dirt on it.

    Args:
        image: The page.
        specks: Rows of x, y, radius and grey level.
        hairs: Outlines ``(N, 2)`` of x and y.
        streaks: Rows of x, width and the change in grey levels of lines down the page, as dirt
            under the scanner's moving sheet leaves them.
    """
    dirty = image.copy()
    for x, y, radius, level in specks.tolist():
        cv2.circle(dirty, (round(x * 16), round(y * 16)), max(1, round(radius * 16)), (level,) * 3,
                   -1, cv2.LINE_AA, 4)
    for hair in hairs:
        cv2.polylines(dirty, [np.round(hair * 16).astype(np.int32)], False, (90,) * 3, 1,
                      cv2.LINE_AA, 4)
    for x, width, change in streaks.tolist():
        strip = dirty[:, round(x):round(x) + max(1, round(width))]
        strip[:] = np.clip(strip.astype(np.int16) + round(change), 0, 255)
    return dirty


def blur(image: np.ndarray, sigma: float, motion: float, angle: float) -> np.ndarray:
    """The image out of focus, and moved by ``motion`` pixels in direction ``angle`` (radians)."""
    if sigma > 0.2:
        side = 2 * max(1, round(2 * sigma)) + 1
        image = cv2.GaussianBlur(image, (side, side), sigma)
    if motion > 1:
        reach = int(np.ceil(motion / 2))
        along = np.linspace(-motion / 2, motion / 2, 8 * reach + 1)
        at = np.column_stack([np.sin(angle) * along, np.cos(angle) * along]).round().astype(int)
        kernel = np.zeros((2 * reach + 1,) * 2, np.float32)
        np.add.at(kernel, tuple((at + reach).T), 1)
        image = cv2.filter2D(image, -1, kernel / kernel.sum())
    return image


def lower_resolution(image: np.ndarray, factor: float) -> np.ndarray:
    """The image made smaller by ``factor`` (below 1) and enlarged to its size again."""
    size = image.shape[1::-1]
    small = [max(1, round(side * factor)) for side in size]
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), size,
                      interpolation=cv2.INTER_LINEAR)


def grey(image: np.ndarray) -> np.ndarray:
    """The image without its colours, in three equal channels."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def black_and_white(image: np.ndarray, threshold: float, local: bool, dots: float) -> np.ndarray:
    """The image as a scanner of one bit gives it, at twice the resolution and reduced again.

    Args:
        image: The page.
        threshold: Ratio of the paper's brightness below which a pixel is black.
        local: Whether the paper's brightness is measured around each pixel, not on the whole page.
        dots: How many grey levels the threshold varies between neighbouring dots, which keeps
            greys of pictures.
    """
    height, width = image.shape[:2]
    levels = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if local:
        small = cv2.resize(levels, coarse((width, height), 8), interpolation=cv2.INTER_AREA)
        around = cv2.blur(cv2.dilate(small, np.ones((3, 3), np.uint8)), (9, 9))
        paper_level = cv2.resize(around, (width, height), interpolation=cv2.INTER_LINEAR)
        limit = cv2.convertScaleAbs(paper_level, alpha=threshold)
    else:
        limit = np.full_like(levels, np.percentile(levels[::4, ::4], 90) * threshold)
    double = (2 * width, 2 * height)
    levels = cv2.resize(levels, double, interpolation=cv2.INTER_LINEAR)
    limit = cv2.resize(limit, double, interpolation=cv2.INTER_NEAREST)
    if dots:
        screen = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
        screen = np.round((screen / 15 - 0.5) * dots).astype(np.int16)
        tiled = np.tile(screen, (-(-limit.shape[0] // 4), -(-limit.shape[1] // 4)))
        limit = cv2.add(limit, tiled[:limit.shape[0], :limit.shape[1]], dtype=cv2.CV_8U)
    bits = cv2.compare(levels, limit, cv2.CMP_GT)
    return cv2.cvtColor(cv2.resize(bits, (width, height), interpolation=cv2.INTER_AREA),
                        cv2.COLOR_GRAY2BGR)


def noise(image: np.ndarray, sigma: float, coarseness: float,
          offset: tuple[int, int]) -> np.ndarray:
    """The image with grey noise of standard deviation ``sigma`` (grey levels).

    ``coarseness`` is the number of pixels (1 or more) that share a value.
    """
    size = image.shape[:2]
    if coarseness > 1:
        size = max(1, round(size[0] / coarseness)), max(1, round(size[1] / coarseness))
    grain: cv2.typing.MatLike = np.rint(texture_at('grain', size, offset) * sigma).astype(np.int16)
    if size != image.shape[:2]:
        grain = cv2.resize(grain, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.add(image, cv2.merge([grain] * 3), dtype=cv2.CV_8U)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """The image after saving it as a JPEG of this quality (1 to 100)."""
    _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def view(size: tuple[int, ...], corners: np.ndarray) -> np.ndarray:
    """The matrix ``(3, 3)`` that takes x and y (edges of pixels) to where ``warp`` puts them."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * size[1::-1]
    return cv2.getPerspectiveTransform(square.astype(np.float32),
                                       (corners * size[1::-1]).astype(np.float32))


def warp(image: np.ndarray, corners: np.ndarray, outside: float,
         nearest: bool = False) -> np.ndarray:
    """The image, or a label map, seen from another place.

    Args:
        image: ``(H, W)`` or ``(H, W, 3)``.
        corners: Where upper left, upper right, lower right and lower left come to lie, x and y as
            ratios of the sides, ``(4, 2)``.
        outside: Grey level, or label, of what lies beyond the page.
        nearest: Take the nearest pixel instead of interpolating, for label maps.
    """
    height, width = image.shape[:2]
    # the corners are edges of pixels, whose centres lie half a pixel inward
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ view((height, width), corners) @ half
    return cv2.warpPerspective(image, matrix, (width, height),
                               flags=cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_CONSTANT, borderValue=(outside,) * 3)


def borders(image: np.ndarray, widths: Sequence[float], level: float) -> np.ndarray:
    """The image, or a label map, with strips of one value along its sides.

    Args:
        image: ``(H, W)`` or ``(H, W, 3)``.
        widths: Of the strips at the left, top, right and bottom, as ratios of width and height.
        level: Grey level, or label, of the strips.
    """
    covered = image.copy()
    height, width = image.shape[:2]
    left, top, right, bottom = (round(share * side) for share, side
                                in zip(widths, (width, height) * 2, strict=True))
    covered[:, :left], covered[:top] = level, level
    covered[:, width - right:], covered[height - bottom:] = level, level
    return covered
