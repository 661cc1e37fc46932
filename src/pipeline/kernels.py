"""The compiled loops over pixels and boxes, which the export makes of ``export/kernels.c``: loaded, and guarded."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import ModelError
from src.pipeline.manifest import Manifest

Picture = NDArray[np.float32]
Table = NDArray[np.uint64]
Whole = NDArray[np.int64]
MOST_COLUMNS = 160  # of blocks of a grid, and of a crop: what kernels.c has room for
CHANNELS = 3
BLOCKS = 6  # of 2 × 2 px, that P-Net sees in each direction
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # other names of the same
_POINTER, _WHOLE, _NUMBER = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float


class Kernels:
    """What ``kernels.c`` can do, for arrays; shapes and types are as said, or it raises ValueError."""

    def __init__(self, path: Path) -> None:
        """Raises ModelError when the file cannot be loaded."""
        try:
            library = ctypes.CDLL(str(path.resolve()))  # a bare name would be looked for in the system's folders
            self._table = _function(library.facelane_table, _POINTER, _WHOLE, _WHOLE, _POINTER)
            self._fold = _function(
                library.facelane_fold, _POINTER, _WHOLE, _POINTER, _WHOLE, _WHOLE, _POINTER, _WHOLE, _WHOLE
            )
            self._crops = _function(library.facelane_crops, _POINTER, _WHOLE, _POINTER, _WHOLE, _WHOLE, _POINTER)
            self._patches = _function(
                library.facelane_patches, _POINTER, _WHOLE, _WHOLE, _WHOLE, _POINTER, _WHOLE, _POINTER
            )
            self._suppress = _function(
                library.facelane_suppress, _POINTER, _WHOLE, _NUMBER, _NUMBER, _WHOLE, _POINTER, result=_WHOLE
            )
        except (OSError, AttributeError) as error:
            raise ModelError(f"{path} cannot be loaded{_not_executable(path)}: {error}") from error

    @classmethod
    def load(cls, folder: Path, manifest: Manifest) -> Kernels:
        """Those for this processor. Raises ModelError when they are missing or not the ones that were exported."""
        return cls(manifest.verified(folder, kernels_name()))

    def table(self, image: NDArray[np.uint8], out: Table) -> None:
        """Into out, (H + 1, W + 1): the summed-area table of an (H, W, 3) picture, its channels packed."""
        height, width = image.shape[:2]
        if image.shape != (height, width, CHANNELS) or out.shape != (height + 1, width + 1) or not _whole(out):
            raise ValueError(f"A table of shape {out.shape} does not fit a picture of shape {image.shape}.")
        image = np.ascontiguousarray(image, np.uint8)
        self._table(image.ctypes.data, height, width, out.ctypes.data)

    def fold(self, table: Table, grid: NDArray[np.int32], out: Picture) -> None:
        """Into out, (12, R, C): a picture of 2R × 2C means, its blocks of 2 × 2 as one pixel each.

        Of each channel: the blocks' top left, top right, bottom left and bottom right means m, as (m - 127.5) / 128.
        grid: where the means' areas begin and end (exclusive) in the picture: 2R tops, 2R bottoms, 2C lefts, 2C rights,
        the even ones of each first, then the odd ones.
        """
        channels, rows, columns = out.shape
        if channels != 4 * CHANNELS or grid.shape != (4 * (rows + columns),) or columns > MOST_COLUMNS:
            raise ValueError(f"A grid of {grid.shape} does not fit an output of shape {out.shape}.")
        if out.strides[2] != out.itemsize or not _whole(grid) or not _whole(table):
            raise ValueError("Rows, grids and tables must each be one piece of memory.")
        self._fold(
            table.ctypes.data, table.shape[1], grid.ctypes.data, 2 * rows, 2 * columns,
            out.ctypes.data, out.strides[0] // out.itemsize, out.strides[1] // out.itemsize,
        )  # fmt: skip

    def crops(self, table: Table, rectangles: Whole, side: int) -> Picture:
        """(N, 3, side, side) means as in ``fold``: (N, 4) rectangles x1 y1 x2 y2, ends exclusive, resized."""
        crops = np.empty((len(rectangles), CHANNELS, side, side), np.float32)
        if not len(rectangles):
            return crops
        rectangles = np.ascontiguousarray(rectangles, np.int64)
        begin, end = rectangles[:, :2], rectangles[:, 2:]
        inside = begin.min() >= 0 and (end < [table.shape[1], table.shape[0]]).all() and (begin < end).all()
        if not inside or not 0 < side <= MOST_COLUMNS or not _whole(table):
            raise ValueError("Crops must be inside the picture.")
        self._crops(
            table.ctypes.data, table.shape[1], rectangles.ctypes.data, len(rectangles), side, crops.ctypes.data
        )  # fmt: skip
        return crops

    def patches(self, sheet: Picture, places: Whole) -> Picture:
        """(N, P, 6, 6) of a (P, H, W) sheet of blocks, from (2, N) places on: rows, then columns."""
        planes, height, width = sheet.shape
        count = places.shape[1]
        patches = np.empty((count, planes, BLOCKS, BLOCKS), np.float32)
        if not count:
            return patches
        places = np.ascontiguousarray(places, np.int64)
        inside = places.min() >= 0 and places[0].max() <= height - BLOCKS and places[1].max() <= width - BLOCKS
        if not inside or not _whole(sheet):
            raise ValueError("Patches must be inside the sheet.")
        self._patches(sheet.ctypes.data, planes, height, width, places.ctypes.data, count, patches.ctypes.data)
        return patches

    def suppress(
        self, boxes: Picture, threshold: float, *, plus: float = 0, over: Literal["union", "min"] = "union"
    ) -> Whole:
        """Non-maximum suppression of (N, 4) boxes x1 y1 x2 y2 px, best first: the numbers of those that stay.

        plus: 1 counts a box's last pixel into its sides. over: what an intersection is divided by, the union of two
        boxes or the smaller of them.
        """
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise ValueError(f"Boxes of shape {boxes.shape} are none.")
        boxes, kept = np.ascontiguousarray(boxes, np.float32), np.empty(len(boxes), np.int64)
        count = self._suppress(boxes.ctypes.data, len(boxes), threshold, plus, over == "min", kept.ctypes.data)
        return kept[:count]


def kernels_name() -> str:
    """What the manifest calls those for this system and processor."""
    machine = platform.machine().lower()
    return f"kernels-{sys.platform}-{MACHINES.get(machine, machine)}"


def _not_executable(path: Path) -> str:
    """What the system's own message of it does not say: that no program may be loaded from there."""
    noexec = getattr(os, "ST_NOEXEC", 0)  # only Linux has it
    if noexec and path.exists() and os.statvfs(path).f_flag & noexec:
        return " (its file system is mounted noexec)"
    return ""


def _function(function: Any, *arguments: Any, result: Any = None) -> Any:
    function.argtypes, function.restype = arguments, result
    return function


def _whole(array: NDArray[np.generic]) -> bool:
    return bool(array.flags.c_contiguous)
