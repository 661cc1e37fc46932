"""The sizes at which P-Net looks at a frame, as facenet-pytorch 2.5.3 chooses them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from src.pipeline.kernels import BLOCKS, Whole

STRIDE = 2  # px: P-Net looks at every second place in both directions
CELL = BLOCKS * STRIDE  # px that it sees from each, both ways


@dataclass(frozen=True)
class Level:
    """One size: (R,) rows and (C,) columns of the frame where its pixels begin and end (exclusive)."""

    scale: float
    top: Whole
    bottom: Whole
    left: Whole
    right: Whole


def scales(height: int, width: int, min_face_size: int, factor: float) -> list[float]:
    """The pyramid's scales, the largest first; none for a picture smaller than the smallest face."""
    scale = CELL / min_face_size
    side, found = min(height, width) * scale, []
    while side >= CELL:
        found.append(scale)
        scale, side = scale * factor, side * factor
    return found


def levels(height: int, width: int, min_face_size: int, factor: float) -> list[Level]:
    """The pyramid, the largest level first."""
    found = []
    for scale in scales(height, width, min_face_size, factor):
        found.append(Level(scale, *_cells(height, int(height * scale + 1)), *_cells(width, int(width * scale + 1))))
    return found


def _cells(length: int, count: int) -> tuple[Whole, Whole]:
    """Where each of count cells begins and ends (exclusive), as adaptive pooling divides a length."""
    number = np.arange(count)
    return number * length // count, -(-(number + 1) * length // count)
