"""What scanning and saving do to a page: skew, light, blur, noise, JPEG artefacts."""
from __future__ import annotations

import cv2
import numpy as np


def turn_about_middle(size: tuple[int, ...], degrees: float) -> np.ndarray:
    """The matrix ``(2, 3)`` that turns a page of this size (height, width) against the clock."""
    return cv2.getRotationMatrix2D((size[1] / 2, size[0] / 2), degrees, 1.0)


def skew(image: np.ndarray, label: np.ndarray, degrees: float,
         paper: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Image and label map turned about their centre; what comes in is paper and background."""
    height, width = label.shape
    turn = turn_about_middle((height, width), degrees)
    image = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR,
                           borderValue=paper[::-1])
    return image, cv2.warpAffine(label, turn, (width, height), flags=cv2.INTER_NEAREST)


def uneven_light(image: np.ndarray, darkest: float, angle: float) -> np.ndarray:
    """The image lit from one side: brightness falls linearly from 1 to ``darkest`` (ratio)."""
    height, width = image.shape[:2]
    down, across = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    field = across * np.cos(angle) + down * np.sin(angle)
    field = (field - field.min()) / max(1e-6, float(np.ptp(field)))
    light = 1 - (1 - darkest) * field
    return (image * light[..., None]).astype(np.uint8)


def noise(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """The image with grey Gaussian noise of this standard deviation (grey levels)."""
    grain = rng.standard_normal(image.shape[:2], dtype=np.float32) * sigma
    return np.clip(image + grain[..., None], 0, 255).astype(np.uint8)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """The image after saving it as a JPEG of this quality."""
    _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def degrade(image: np.ndarray, label: np.ndarray, paper: tuple[int, int, int],
            rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image and label map as a scanner might give them; half of the pages stay as drawn.

    Returns:
        image: uint8 ``(H, W, 3)``.
        label: uint8 ``(H, W)``.
        turn: What takes a point (x, y) of the page to its new place, ``(2, 3)``.
    """
    turn = np.eye(2, 3)
    if rng.random() < 0.5:
        return image, label, turn
    if rng.random() < 0.6:
        degrees = float(rng.uniform(-2.5, 2.5))
        turn = turn_about_middle(label.shape, degrees)
        image, label = skew(image, label, degrees, paper)
    if rng.random() < 0.6:
        image = uneven_light(image, float(rng.uniform(0.75, 0.97)),
                             float(rng.uniform(0, np.pi / 2)))
    if rng.random() < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 0.8)))
    if rng.random() < 0.6:
        image = noise(image, float(rng.uniform(1, 8)), rng)
    if rng.random() < 0.7:
        image = jpeg(image, int(rng.integers(35, 90)))
    return image, label, turn
