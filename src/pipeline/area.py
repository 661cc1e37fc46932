"""Area resizing of rectangles by one summed-area table: exact means, whatever the size.

The same result as torch's adaptive average pooling, which facenet-pytorch resizes with. Summed-area tables:
F. Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Sums = TypeVar("Sums", NDArray[np.uint32], NDArray[np.uint64])

# Three channels in one 64-bit number: 21 bits hold the sum of 8,224 pixels, and what overflows in the sums cancels
# in their differences.
BITS = 21
FIELD = np.uint32(2**BITS - 1)
MOST_PIXELS = 2**BITS // 255

SCALE, MIDDLE = np.float32(1 / 128), np.float32(127.5 / 128)  # a mean becomes (mean - 127.5) / 128


class SummedArea:
    """Means over any rectangles of one (H, W, 3) uint8 picture, in four look-ups each."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._image = image
        self.height, self.width = image.shape[:2]

    def means(self, top: Whole, bottom: Whole, left: Whole, right: Whole) -> NDArray[np.float32]:
        """(N, 3, R, C) float32 in about -1..1: the networks' input for N grids of cells.

        top, bottom: (N, R) rows where the cells begin and end (exclusive); left, right: (N, C) columns, likewise.
        A cell's mean becomes (mean - 127.5) / 128.
        """
        if not len(top):
            return np.zeros((0, 3, top.shape[1], left.shape[1]), np.float32)
        heights, widths = bottom - top, right - left
        corners = [self._at(rows, columns) for rows in (top, bottom) for columns in (left, right)]
        area = (heights[:, :, None] * widths[:, None, :]).astype(np.float32)
        large = int(heights.max()) * int(widths.max()) > MOST_PIXELS
        sums = self._large(corners) if large else self._packed(corners)
        sums *= (SCALE / area)[:, None]
        sums -= MIDDLE
        return sums

    def resized(self, top: Whole, bottom: Whole, left: Whole, right: Whole) -> NDArray[np.float32]:
        """(3, R, C): the same for one grid of cells, given as for ``means`` but without N; quicker for large ones."""
        area = (bottom - top).astype(np.float32)[:, None] * (right - left).astype(np.float32)[None, :]
        if int(area.max()) > MOST_PIXELS:
            sums = [_grid(table.reshape(self._shape), top, bottom, left, right) for table in self._tables]
        else:
            sums = _unpacked(_grid(self._table.reshape(self._shape), top, bottom, left, right))
        share, means = SCALE / area, np.empty((3, *area.shape), np.float32)
        for channel, total in enumerate(sums):
            # Integers below 2**31 either way; as signed ones they become floats in one instruction.
            np.multiply(total.view(np.int32), share, out=means[channel], dtype=np.float32, casting="unsafe")
            means[channel] -= MIDDLE
        return means

    def crops(self, rectangles: Whole, side: int) -> NDArray[np.float32]:
        """(N, 3, side, side): (N, 4) rectangles x1 y1 x2 y2, ends exclusive, inside the picture, resized."""
        top, bottom = cells(rectangles[:, 1], rectangles[:, 3] - rectangles[:, 1], side)
        left, right = cells(rectangles[:, 0], rectangles[:, 2] - rectangles[:, 0], side)
        return self.means(top, bottom, left, right)

    def _at(self, rows: Whole, columns: Whole) -> Whole:
        """(N, R, C) positions in the flattened table."""
        at: Whole = (rows * (self.width + 1))[:, :, None] + columns[:, None, :]
        return at

    def _packed(self, corners: list[Whole]) -> NDArray[np.float32]:
        total = _window(self._table, corners)
        sums = np.empty((len(total), 3, *total.shape[1:]), np.float32)
        for channel, part in enumerate(_unpacked(total)):
            sums[:, channel] = part
        return sums

    def _large(self, corners: list[Whole]) -> NDArray[np.float32]:
        return np.stack([_window(table, corners) for table in self._tables], axis=1).astype(np.float32)

    @property
    def _shape(self) -> tuple[int, int]:
        return self.height + 1, self.width + 1

    @cached_property
    def _table(self) -> NDArray[np.uint64]:
        packed = np.zeros((self.height + 1, self.width + 1), np.uint64)
        inner = packed[1:, 1:]
        inner[...] = self._image[..., 2]
        for channel in (1, 0):
            inner <<= np.uint64(BITS)
            inner += self._image[..., channel]
        table: NDArray[np.uint64] = _summed(packed)
        return table.ravel()

    @cached_property
    def _tables(self) -> list[NDArray[np.uint32]]:
        # Sums beyond 32 bits wrap around, and so do their differences.
        tables: NDArray[np.uint32] = np.zeros((3, self.height + 1, self.width + 1), np.uint32)
        tables[:, 1:, 1:] = self._image.transpose(2, 0, 1)
        return [_summed(table).ravel() for table in tables]


def cells(start: Whole, length: Whole, count: int) -> tuple[Whole, Whole]:
    """(N, count) where each of count cells begins and ends (exclusive), as adaptive pooling divides a length."""
    number = np.arange(count)[None, :]
    begin = number * length[:, None] // count
    end = -(-(number + 1) * length[:, None] // count)
    return start[:, None] + begin, start[:, None] + end


def _window(table: Sums, corners: list[Whole]) -> Sums:
    """Sums over windows, from their corners in a flattened table: top left, top right, bottom left, bottom right."""
    top_left, top_right, bottom_left, bottom_right = corners
    total = table.take(bottom_right)
    total -= table.take(bottom_left)
    total -= table.take(top_right)
    total += table.take(top_left)
    return total


def _grid(table: Sums, top: Whole, bottom: Whole, left: Whole, right: Whole) -> Sums:
    """(R, C) sums over the windows of one grid, rows first: a row of the table is one piece of memory."""
    rows = table.take(bottom, axis=0)
    rows -= table.take(top, axis=0)
    total = rows.take(right, axis=1)
    total -= rows.take(left, axis=1)
    return total


def _unpacked(total: NDArray[np.uint64]) -> list[NDArray[np.uint32]]:
    """The three channels of packed sums."""
    return [(total >> np.uint64(BITS * channel)).astype(np.uint32) & FIELD for channel in range(3)]


def _summed(table: Sums) -> Sums:
    """A table with a first row and column of zeros, summed in place along both."""
    np.cumsum(table, axis=1, out=table)
    for row in range(1, len(table)):  # a row at a time is nine times as fast as cumsum along this axis
        np.add(table[row], table[row - 1], out=table[row])
    return table
