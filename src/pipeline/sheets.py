"""An image pyramid cut into pieces, and these laid out on sheets of one size.

The screen's network is built for one shape. Others would each take it tens of milliseconds to prepare for, and a frame
has a dozen. Pieces are measured in blocks of 2 × 2 px, of which P-Net looks at a new one with each step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from src.pipeline.kernels import BLOCKS, Whole
from src.pipeline.pyramid import STRIDE, Level, levels

HEIGHT, WIDTH = 112, 132  # blocks of a sheet: of what the processor's cache holds, what wastes least of 720p and 1080p
PIXELS = 3 * STRIDE**2  # of a block, in channels: each colour of each of its pixels
OVERLAP = BLOCKS - 1
OUTSIDE = -1e4  # below whatever is in a network
OPEN = 8  # sheets that are looked through for room: bounds what laying out a huge picture takes


@dataclass(frozen=True)
class Piece:
    """A part of a level, and where it lies on its sheet, in blocks.

    row, column: the first of the level's. grid: the areas that its pixels are means of (see ``Kernels.fold``).
    ends_short, sides_short: the level has an odd number of rows, or columns, and its last block is half outside; what
    is there repeats the last pixels. y, x: on the sheet.
    """

    scale: float
    row: int
    column: int
    height: int
    width: int
    ends_short: bool
    sides_short: bool
    grid: NDArray[np.int32]
    y: int = 0
    x: int = 0


@lru_cache(maxsize=8)  # the frames of a camera are all of one size
def sheets(height: int, width: int, min_face_size: int, factor: float) -> tuple[tuple[Piece, ...], ...]:
    """The whole pyramid of a frame of that size (px). Each of P-Net's cells is in exactly one piece."""
    pieces = [piece for level in levels(height, width, min_face_size, factor) for piece in _pieces(level)]
    layout, found = _Layout(), defaultdict(list)
    for piece in sorted(pieces, key=lambda piece: (-piece.height, -piece.width)):  # what is left over is small
        sheet, y, x = layout.place(piece.height, piece.width)
        found[sheet].append(replace(piece, y=y, x=x))
    return tuple(tuple(laid) for laid in found.values())


def _pieces(level: Level) -> Iterator[Piece]:
    rows, columns = len(level.top), len(level.left)
    for row, height in _cut(-(-rows // 2), HEIGHT):
        for column, width in _cut(-(-columns // 2), WIDTH):
            sides = (
                *(_even_then_odd(side, row, height) for side in (level.top, level.bottom)),
                *(_even_then_odd(side, column, width) for side in (level.left, level.right)),
            )
            ends_short, sides_short = 2 * (row + height) > rows, 2 * (column + width) > columns
            grid = np.concatenate(sides, dtype=np.int32, casting="unsafe")
            yield Piece(level.scale, row, column, height, width, ends_short, sides_short, grid)


def _even_then_odd(side: Whole, first: int, blocks: int) -> Whole:
    even = 2 * np.arange(first, first + blocks)
    return side.take(np.concatenate([even, even + 1]), mode="clip")


def _cut(length: int, most: int) -> Iterator[tuple[int, int]]:
    """Where the parts of a length begin, and how long they are, each but OVERLAP beyond the next one's begin."""
    first = 0
    while True:
        part = min(most, length - first)
        yield first, part
        if first + part == length:
            return
        first += part - OVERLAP


class _Layout:
    """Places rectangles on sheets as they come: where least is left over, and what is left is cut in two."""

    def __init__(self) -> None:
        self._sheets: dict[int, list[tuple[int, int, int, int]]] = {}  # the free rectangles: y, x, height, width
        self._count = 0

    def place(self, height: int, width: int) -> tuple[int, int, int]:
        """The sheet's number, y and x."""
        fitting = [
            (min(free[2] - height, free[3] - width), number, free)
            for number, frees in self._sheets.items()
            for free in frees
            if free[2] >= height and free[3] >= width
        ]
        if fitting:
            _, number, free = min(fitting)
        else:
            number, free = self._count, (0, 0, HEIGHT, WIDTH)
            self._count += 1
            self._sheets[number] = [free]
        y, x, high, wide = free
        frees = self._sheets[number]
        frees.remove(free)
        if high - height < wide - width:
            frees += [(y + height, x, high - height, width), (y, x + width, high, wide - width)]
        else:
            frees += [(y + height, x, high - height, wide), (y, x + width, height, wide - width)]
        frees[:] = [free for free in frees if min(free[2:]) >= BLOCKS]
        if not frees:
            del self._sheets[number]
        elif len(self._sheets) > OPEN:
            del self._sheets[min(self._sheets)]
        return number, y, x
