"""Area resizing of rectangles by one summed-area table: exact means, whatever the size.

The same result as torch's adaptive average pooling, which facenet-pytorch resizes with.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from src.pipeline.kernels import Kernels, Picture, Table, Whole

MOST_KEPT, LARGE = 64 * 2**20, 2**21  # bytes: the table of a frame of 8 megapixels, and a large page


class Space:
    """Memory for one table after another, in large pages: its look-ups go all over it.

    A table is good until the next one is asked for.
    """

    def __init__(self) -> None:
        self._pages: mmap.mmap | None = None

    def array(self, shape: tuple[int, int]) -> Table:
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

    def __init__(self, image: NDArray[np.uint8], kernels: Kernels, space: Space | None = None) -> None:
        self._image = image
        self._kernels = kernels
        self._space = space or Space()
        self.height, self.width = image.shape[:2]

    def fold(self, grid: NDArray[np.int32], out: Picture) -> None:
        """Into out, (12, R, C): the means of a grid of 2R × 2C cells, in blocks of 2 × 2 (see ``Kernels.fold``)."""
        self._kernels.fold(self._table, grid, out)

    def crops(self, rectangles: Whole, side: int) -> Picture:
        """(N, 3, side, side): (N, 4) rectangles x1 y1 x2 y2, ends exclusive, inside the picture, resized."""
        return self._kernels.crops(self._table, rectangles, side)

    @cached_property
    def _table(self) -> Table:
        table = self._space.array((self.height + 1, self.width + 1))
        self._kernels.table(self._image, table)
        return table
