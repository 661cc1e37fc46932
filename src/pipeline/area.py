"""Area resizing of rectangles by one summed-area table: exact means, whatever the size.

The same result as torch's adaptive average pooling, which facenet-pytorch resizes with. Summed-area tables:
F. Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Sums = TypeVar("Sums", NDArray[np.uint32], NDArray[np.uint64])

# Three channels in one 64-bit number: 21 bits hold the sum of 8,224 pixels, and what overflows in the sums cancels
# in their differences.
BITS = 21
FIELD = np.uint32(2**BITS - 1)
MOST_PIXELS = 2**BITS // 255
MOST_KEPT, LARGE = 64 * 2**20, 2**21  # bytes: the table of a frame of 8 megapixels, and a large page
BLOCK = 48  # rows that are packed together: what the processor's cache holds

SCALE, MIDDLE = np.float32(1 / 128), np.float32(127.5 / 128)  # a mean becomes (mean - 127.5) / 128


class Space:
    """Memory for one table after another, in large pages: its look-ups go all over it.

    A table is good until the next one is asked for.
    """

    def __init__(self) -> None:
        self._pages: mmap.mmap | None = None

    def array(self, shape: tuple[int, int]) -> NDArray[np.uint64]:
        """(H, W) uint64, with whatever was there before."""
        size = 8 * shape[0] * shape[1]
        if size > MOST_KEPT or not hasattr(mmap, "MADV_HUGEPAGE"):  # only Linux has it
            return np.empty(shape, np.uint64)
        if self._pages is None or len(self._pages) < size:
            self._pages = mmap.mmap(-1, -(-size // LARGE) * LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            with suppress(OSError):  # a kernel that was built without large pages
                self._pages.madvise(mmap.MADV_HUGEPAGE)
        return np.frombuffer(self._pages, np.uint64, shape[0] * shape[1]).reshape(shape)


class SummedArea:
    """Means over any rectangles of one (H, W, 3) uint8 picture, in four look-ups each.

    space: where its table is to be; it must not be used for another picture meanwhile.
    """

    def __init__(self, image: NDArray[np.uint8], space: Space | None = None) -> None:
        self._image = image
        self._space = space or Space()
        self.height, self.width = image.shape[:2]

    def folded(self, top: Whole, bottom: Whole, left: Whole, right: Whole) -> NDArray[np.float32]:
        """(12, R, C) float32 in about 0..2: a picture of 2R × 2C means, its blocks of 2 × 2 as one pixel each.

        Of each channel: the blocks' top left, top right, bottom left and bottom right means, divided by 128; ``MIDDLE``
        less is the networks' input. top, bottom: (2R,) rows where the means' areas begin and end (exclusive), the even
        ones first, then the odd ones; left, right: (2C,) columns, likewise.
        """
        heights, widths = bottom - top, right - left
        largest = int(heights.max()) * int(widths.max())
        sums = self._sums(largest, lambda table: _grid(table.reshape(self._shape), top, bottom, left, right))
        rows, columns = len(top) // 2, len(left) // 2
        means = np.empty((3, 2, 2, rows, columns), np.float32)
        quarters = (2, rows, 2, columns)
        share = (1 / heights).astype(np.float32)[:, None] * (SCALE / widths).astype(np.float32)
        _into(means.swapaxes(2, 3), [total.reshape(quarters) for total in sums], share.reshape(quarters))
        return means.reshape(12, rows, columns)

    def crops(self, rectangles: Whole, side: int) -> NDArray[np.float32]:
        """(N, 3, side, side): (N, 4) rectangles x1 y1 x2 y2, ends exclusive, inside the picture, resized."""
        crops = np.empty((len(rectangles), 3, side, side), np.float32)
        if not len(rectangles):
            return crops
        top, bottom = cells(rectangles[:, 1], rectangles[:, 3] - rectangles[:, 1], side)
        left, right = cells(rectangles[:, 0], rectangles[:, 2] - rectangles[:, 0], side)
        area = ((bottom - top)[:, :, None] * (right - left)[:, None, :]).astype(np.float32)
        step = self.width + 1
        ends, columns = (top * step, bottom * step), np.concatenate([left, right], axis=1)
        sums = self._sums(int(area.max()), lambda table: _windows(table, *ends, columns))
        _into(crops.swapaxes(0, 1), sums, SCALE / area)
        crops -= MIDDLE
        return crops

    def _sums(self, largest: int, look_up: Callable[[NDArray[Any]], NDArray[Any]]) -> list[NDArray[np.uint32]]:
        """Each channel's sums over areas, the largest of so many pixels, as they are looked up in a flattened table."""
        if largest > MOST_PIXELS:
            return [look_up(table) for table in self._tables]
        return _unpacked(look_up(self._table))

    @property
    def _shape(self) -> tuple[int, int]:
        return self.height + 1, self.width + 1

    @cached_property
    def _table(self) -> NDArray[np.uint64]:
        packed = self._space.array(self._shape)
        packed[0], packed[:, 0] = 0, 0
        for first in range(0, self.height, BLOCK):
            pixels, inner = self._image[first : first + BLOCK], packed[first + 1 : first + 1 + BLOCK, 1:]
            together = pixels[..., 0].astype(np.uint64)
            for channel in (1, 2):
                together |= pixels[..., channel].astype(np.uint64) << np.uint64(BITS * channel)
            inner[...] = together
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


def _windows(table: Sums, top: Whole, bottom: Whole, columns: Whole) -> Sums:
    """(N, R, C) sums over windows of a flattened table, of (N, R) rows by their positions and (N, 2C) columns."""
    between = table.take(bottom[:, :, None] + columns[:, None, :])
    between -= table.take(top[:, :, None] + columns[:, None, :])
    half = columns.shape[1] // 2
    return between[:, :, half:] - between[:, :, :half]


def _grid(table: Sums, top: Whole, bottom: Whole, left: Whole, right: Whole) -> Sums:
    """(R, C) sums over the windows of one grid, rows first: a row of the table is one piece of memory."""
    rows = table.take(bottom, axis=0)
    rows -= table.take(top, axis=0)
    total = rows.take(right, axis=1)
    total -= rows.take(left, axis=1)
    return total


def _unpacked(total: NDArray[np.uint64]) -> list[NDArray[np.uint32]]:
    """The three channels of packed sums."""
    low, middle = total.astype(np.uint32), (total >> np.uint64(BITS)).astype(np.uint32)
    low &= FIELD
    middle &= FIELD
    return [low, middle, (total >> np.uint64(2 * BITS)).astype(np.uint32)]


def _into(means: NDArray[np.float32], sums: list[NDArray[np.uint32]], share: NDArray[np.float32]) -> None:
    """Each channel's sums, times each sum's share."""
    for total, out in zip(sums, means, strict=True):
        # Integers below 2**31 either way; as signed ones they become floats in one instruction.
        np.multiply(total.view(np.int32), share, out=out, dtype=np.float32, casting="unsafe")


def _summed(table: Sums) -> Sums:
    """A table with a first row and column of zeros, summed in place along both."""
    np.cumsum(table, axis=1, out=table)
    for row in range(1, len(table)):  # a row at a time is nine times as fast as cumsum along this axis
        np.add(table[row], table[row - 1], out=table[row])
    return table
