"""The sizes at which P-Net looks at a frame, as facenet-pytorch 2.5.3 chooses them, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from src.pipeline.area import Whole, cells
from src.pipeline.settings import Settings

CELL, STRIDE = 12, 2  # P-Net sees 12 × 12 px, every 2 px
Grid = tuple[Whole, Whole, Whole, Whole]
MOST_PIXELS = 200_000  # of a piece: what the processor's cache holds well


def scales(settings: Settings, height: int, width: int) -> list[float]:
    """The pyramid's scales, the largest first; none for a picture smaller than the smallest face."""
    scale = CELL / settings.min_face_size
    side, found = min(height, width) * scale, []
    while side >= CELL:
        found.append(scale)
        scale, side = scale * settings.pyramid_factor, side * settings.pyramid_factor
    return found


def bands(height: int, width: int, scale: float) -> Iterator[tuple[int, Grid]]:
    """Pieces of one size: P-Net's first row of cells in each, and where its rows and columns begin and end.

    All of P-Net's cells are in exactly one piece.
    """
    rows, columns = int(height * scale + 1), int(width * scale + 1)
    (top,), (bottom,) = cells(np.zeros(1, np.int64), np.array([height]), rows)
    (left,), (right,) = cells(np.zeros(1, np.int64), np.array([width]), columns)
    step = max(1, MOST_PIXELS // columns // STRIDE)
    last = max(1, -(-(rows - CELL) // STRIDE) + 1)
    for first in range(0, last, step):
        begin = STRIDE * first
        end = rows if first + step >= last else begin + STRIDE * (step - 1) + CELL
        yield first, (top[begin:end], bottom[begin:end], left, right)
