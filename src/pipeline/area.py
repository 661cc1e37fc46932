"""Area resizing of rectangles by one summed-area table: exact means, whatever the size.

The same result as torch's adaptive average pooling, which facenet-pytorch resizes with. Summed-area tables:
F. Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


class SummedArea:
    """Sums over any rectangle of one (H, W, 3) uint8 picture in four look-ups."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        height, width = image.shape[:2]
        # uint32 wraps around for huge pictures, and so do the differences: sums below 2**32 stay exact.
        self._sums = np.zeros((height + 1, width + 1, 3), np.uint32)
        inner = self._sums[1:, 1:]
        np.cumsum(image, axis=0, dtype=np.uint32, out=inner)
        np.cumsum(inner, axis=1, out=inner)

    def resized(self, height: int, width: int) -> NDArray[np.float32]:
        """(height, width, 3) float32 means in 0..255 of the whole picture."""
        full_height, full_width = (n - 1 for n in self._sums.shape[:2])
        top, bottom = _cells(np.zeros(1, np.int64), np.array([full_height]), height)
        left, right = _cells(np.zeros(1, np.int64), np.array([full_width]), width)
        rows = self._sums[bottom[0]] - self._sums[top[0]]
        sums = rows[:, right[0]] - rows[:, left[0]]
        area = (bottom - top)[0][:, None] * (right - left)[0][None, :]
        means: NDArray[np.float32] = sums.astype(np.float32) / area.astype(np.float32)[:, :, None]
        return means

    def crops(self, rectangles: NDArray[np.int64], side: int) -> NDArray[np.float32]:
        """(N, side, side, 3) float32 means of (N, 4) rectangles x1 y1 x2 y2, ends exclusive, inside the picture."""
        top, bottom = _cells(rectangles[:, 1], rectangles[:, 3] - rectangles[:, 1], side)
        left, right = _cells(rectangles[:, 0], rectangles[:, 2] - rectangles[:, 0], side)
        sums = self._sums
        t, b, lft, r = top[:, :, None], bottom[:, :, None], left[:, None, :], right[:, None, :]
        total = sums[b, r] - sums[t, r] - sums[b, lft] + sums[t, lft]
        area = (b - t) * (r - lft)
        return total.astype(np.float32) / area.astype(np.float32)[..., None]


def _cells(
    start: NDArray[np.int64], length: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each of count cells begins and ends (exclusive), as adaptive pooling divides a length."""
    number = np.arange(count)[None, :]
    begin = number * length[:, None] // count
    end = -(-(number + 1) * length[:, None] // count)
    return start[:, None] + begin, start[:, None] + end
