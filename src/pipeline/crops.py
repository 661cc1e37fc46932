"""Cuts faces for a recognizer: the one place that does, for frames and for enrollment photos alike."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from src.pipeline.crop_codec import Crops
from src.pipeline.detections import Detections
from src.pipeline.models import Recognizer

# Where MTCNN's eyes and mouth corners fall in dlib's own 150 px chips, the mean over frames of several people, made
# symmetric. The nose is left out: it moves most when a head turns.
POINTS = (0, 1, 3, 4)
TEMPLATE = np.array([[46.73, 46.41], [102.27, 46.41], [51.58, 110.69], [97.42, 110.69]])


def cut(image: NDArray[np.uint8], detections: Detections, recognizer: Recognizer) -> Crops:
    """(N, S, S, 3) uint8 RGB crops of an (H, W, 3) uint8 RGB picture, as the recognizer takes them."""
    side = recognizer.crop_px
    if not len(detections):
        return np.zeros((0, side, side, 3), np.uint8)
    picture = Image.fromarray(image)
    if recognizer.alignment == "box":
        chips = [_stretched(picture, box, side) for box in detections.boxes]
    else:
        chips = [_aligned(picture, points[list(POINTS)], side) for points in detections.landmarks]
    return np.stack([np.asarray(chip) for chip in chips])


def _stretched(picture: Image.Image, box: NDArray[np.float32], side: int) -> Image.Image:
    """The box, clipped to the picture, stretched to a square: facenet-pytorch's extract_face without a margin."""
    left, top = max(int(box[0]), 0), max(int(box[1]), 0)
    right, bottom = min(int(box[2]), picture.width), min(int(box[3]), picture.height)
    # A face at the very edge can be clipped to nothing; one pixel is the least there is to look at.
    area = (min(left, picture.width - 1), min(top, picture.height - 1), max(right, left + 1), max(bottom, top + 1))
    return picture.crop(area).resize((side, side), Image.Resampling.BILINEAR)


def _aligned(picture: Image.Image, points: NDArray[np.float32], side: int) -> Image.Image:
    """Eyes and mouth corners brought onto the template by the similarity transform of least squares (Umeyama 1991)."""
    matrix, shift = _similarity(TEMPLATE * (side / 150), points.astype(np.float64))
    zoom = math.sqrt(abs(float(np.linalg.det(matrix))))  # frame px per chip px
    # Larger faces are sampled finer and averaged, so that no pixel of theirs is skipped.
    finer = min(max(1, math.ceil(zoom)), 16)
    matrix = matrix / finer
    coefficients = (*matrix[0], shift[0], *matrix[1], shift[1])
    drawn = picture.transform(
        (side * finer, side * finer), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )  # fmt: skip
    return drawn.resize((side, side), Image.Resampling.BOX) if finer > 1 else drawn


def _similarity(
    source: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(2, 2) matrix and (2,) shift: rotation, scale and shift that bring source closest to target."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    a, b = source - from_middle, target - to_middle
    # In two dimensions the best rotation and scale have a closed form.
    size = float((a * a).sum())
    along = float((a * b).sum()) / size
    across = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / size
    matrix = np.array([[along, -across], [across, along]])
    return matrix, to_middle - matrix @ from_middle
