"""An image pyramid cut into pieces, and these laid out on sheets of one size.

The screen's network is built for one shape. Others would each take it tens of milliseconds to prepare for, and a frame
has a dozen. Pieces are measured in blocks of 2 × 2 px, of which P-Net looks at a new one with each step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from src.pipeline.area import Whole
from src.pipeline.pyramid import CELL, STRIDE, Level, levels

HEIGHT, WIDTH = 56, 128  # blocks of a sheet: what the processor's cache holds well
PIXELS = 3 * STRIDE**2  # of a block, in channels: each colour of each of its pixels
BLOCKS = CELL // STRIDE  # that P-Net sees in each direction
OVERLAP = BLOCKS - 1
OUTSIDE = -1e4  # below whatever is in a network
OPEN = 8  # sheets that are filled at the same time: bounds the memory that a large frame takes


@dataclass(frozen=True)
class Piece:
    """A part of a strip and where it lies on its sheet, in blocks.

    column: the first of the strip's; y, x, height, width: on the sheet. full: nothing more comes onto the sheet.
    """

    column: int
    width: int
    height: int
    sheet: int
    y: int
    x: int
    full: bool = False


@dataclass(frozen=True)
class Strip:
    """Some rows of a level, its first one counted in blocks. Rows and columns are the even ones, then the odd ones.

    Of a level with an odd number of them the last block is half outside; what is there repeats the last pixels.
    """

    scale: float
    row: int
    top: Whole
    bottom: Whole
    left: Whole
    right: Whole
    ends_short: bool
    sides_short: bool
    pieces: tuple[Piece, ...]

    def ends_short_at(self, piece: Piece) -> bool:
        """Whether the piece's last column of blocks is half outside."""
        return self.sides_short and piece is self.pieces[-1]


@lru_cache(maxsize=8)  # the frames of a camera are all of one size
def strips(height: int, width: int, min_face_size: int, factor: float) -> tuple[Strip, ...]:
    """The whole pyramid of a frame of that size (px). Each of P-Net's cells is in exactly one piece."""
    layout = _Layout()
    found = [strip for level in levels(height, width, min_face_size, factor) for strip in _strips_of(level, layout)]
    last = {piece.sheet: piece for strip in found for piece in strip.pieces}
    return tuple(
        replace(strip, pieces=tuple(replace(piece, full=last[piece.sheet] is piece) for piece in strip.pieces))
        for strip in found
    )


def _strips_of(level: Level, layout: _Layout) -> Iterator[Strip]:
    rows, columns = len(level.top), len(level.left)
    left, right = (_even_then_odd(side, 0, -(-columns // 2)) for side in (level.left, level.right))
    for row, height in _cut(-(-rows // 2), HEIGHT):
        top, bottom = (_even_then_odd(side, row, height) for side in (level.top, level.bottom))
        ends_short = 2 * (row + height) > rows
        pieces = [
            Piece(column, width, height, *layout.place(height, width))
            for column, width in _cut(-(-columns // 2), WIDTH)
        ]
        yield Strip(level.scale, row, top, bottom, left, right, ends_short, columns % 2 == 1, tuple(pieces))


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
            if len(self._sheets) > OPEN:
                del self._sheets[min(self._sheets)]
        y, x, high, wide = free
        frees = self._sheets[number]
        frees.remove(free)
        if high - height < wide - width:
            frees += [(y + height, x, high - height, width), (y, x + width, high, wide - width)]
        else:
            frees += [(y + height, x, high - height, wide), (y, x + width, height, wide - width)]
        return number, y, x
