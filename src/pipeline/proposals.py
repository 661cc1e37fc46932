"""MTCNN's first stage: P-Net over an image pyramid, first as a coarse screen, then exactly where it matters.

Nearly all of a pyramid is no face. P-Net looks at all of it at the lowest precision the processor is fast in, which
is good enough to say where no face can be; where one may be, the same network looks again in fp32, at the same
pixels, and only that decides.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from src.pipeline.area import MIDDLE, SummedArea
from src.pipeline.boxes import Boxes, suppress
from src.pipeline.pyramid import CELL, STRIDE
from src.pipeline.runtime import Session
from src.pipeline.settings import Settings
from src.pipeline.sheets import BLOCKS, HEIGHT, OUTSIDE, OVERLAP, PIXELS, WIDTH, Piece, Strip, strips

Picture = NDArray[np.float32]
Indices = NDArray[np.intp]

# How much less of a face the screen may see than the exact look does, in units of the logit: twice the most that was
# measured over all sizes of 53 frames, 0.24.
SLACK = 0.5
MOST_PATCHES = 4096  # looked at together: bounds the memory that a picture full of candidates takes
WITHIN_SCALE, ACROSS_SCALES = 0.5, 0.7


@dataclass(frozen=True)
class Cells:
    """N places where a face may be: (N, 3, 12, 12) patches (a pixel less at an odd end), and where they are."""

    patches: Picture
    scale: float
    row: Indices
    column: Indices


class Sheet:
    """(13, H, W) pixels for the screen, and what of which strip is where on it."""

    def __init__(self) -> None:
        self.pixels: Picture = np.zeros((PIXELS + 1, HEIGHT, WIDTH), np.float32)
        self.placed: list[tuple[Strip, Piece]] = []

    def lay(self, blocks: Picture, strip: Strip, piece: Piece) -> None:
        """Put a piece of a strip where it belongs."""
        space = self.pixels[:, piece.y : piece.y + piece.height, piece.x : piece.x + piece.width]
        np.subtract(blocks[:, :, piece.column : piece.column + piece.width], MIDDLE, out=space[:PIXELS])
        if strip.ends_short:
            space[PIXELS, -1] = OUTSIDE
        if strip.ends_short_at(piece):
            space[PIXELS, :, -1] = OUTSIDE
        self.placed.append((strip, piece))


@dataclass(frozen=True)
class Proposer:
    """screen: sheets of (N, 13, H, W) to (N, 1, H - 5, W - 5) logits, so many together; pnet: (N, 3, 12, 12) or less
    to offsets and probabilities."""

    settings: Settings
    screen: Session
    pnet: Session
    together: int

    def propose(self, sums: SummedArea) -> Boxes:
        """(N, 4) float32 boxes of whatever may be a face, in pixels of the frame."""
        boxes = np.concatenate([np.zeros((0, 10), np.float32), *self.looked_at(sums)])
        if not len(boxes):
            return boxes[:, :4]
        levels = [boxes[boxes[:, 9] == scale] for scale in np.unique(boxes[:, 9])[::-1]]
        boxes = np.concatenate([level[suppress(level[:, :4], level[:, 4], WITHIN_SCALE)] for level in levels])
        boxes = boxes[suppress(boxes[:, :4], boxes[:, 4], ACROSS_SCALES)]
        sides = boxes[:, 2:4] - boxes[:, :2]
        moved: Boxes = boxes[:, :4] + boxes[:, 5:9] * np.concatenate([sides, sides], axis=1)
        return moved

    def looked_at(self, sums: SummedArea) -> Iterator[Boxes]:
        """(N, 10) each: box, score, offsets, scale of what passes P-Net's threshold."""
        waiting: dict[tuple[int, ...], list[Cells]] = {}
        for cells in self._candidates(sums):
            kind = cells.patches.shape[2:]
            waiting.setdefault(kind, []).append(cells)
            if sum(len(some.row) for some in waiting[kind]) >= MOST_PATCHES:
                yield self._exactly(waiting.pop(kind))
        for group in waiting.values():
            yield self._exactly(group)

    def _candidates(self, sums: SummedArea) -> Iterator[Cells]:
        """From the pyramid's strips to sheets, and from full sheets to where a face may be on them."""
        known = self.settings
        begun: defaultdict[int, Sheet] = defaultdict(Sheet)
        full: list[Sheet] = []
        for strip in strips(sums.height, sums.width, known.min_face_size, known.pyramid_factor):
            blocks = sums.folded(strip.top, strip.bottom, strip.left, strip.right)
            for piece in strip.pieces:
                begun[piece.sheet].lay(blocks, strip, piece)
                if piece.full:
                    full.append(begun.pop(piece.sheet))
                if len(full) == self.together:
                    yield from self._screened(full)
                    full = []
        if full:
            yield from self._screened(full)

    def _screened(self, sheets: list[Sheet]) -> Iterator[Cells]:
        lowest = _logit(self.settings.pnet_threshold) - SLACK
        pixels = sheets[0].pixels[None] if len(sheets) == 1 else np.stack([sheet.pixels for sheet in sheets])
        logits = self.screen.run(pixels)[0][:, 0]
        for sheet, maybe in zip(sheets, logits >= lowest, strict=True):
            yield from _cells(sheet, maybe)

    def _exactly(self, group: list[Cells]) -> Boxes:
        offsets, probabilities = self.pnet.run(np.concatenate([cells.patches for cells in group]))
        scores = probabilities[:, 1, 0, 0]
        passed = np.flatnonzero(scores >= self.settings.pnet_threshold)
        scale = np.concatenate([np.full(len(cells.row), cells.scale, np.float32) for cells in group])[passed, None]
        row, column = (np.concatenate([getattr(cells, name) for cells in group]) for name in ("row", "column"))
        corner = (np.stack([column, row], axis=1)[passed] * STRIDE).astype(np.float32)
        begin = np.floor((corner + 1) / scale)
        end = np.floor((corner + CELL) / scale)
        boxes: Boxes = np.concatenate(
            [begin, end, scores[passed, None], offsets[passed, :, 0, 0], scale], axis=1, dtype=np.float32
        )
        return boxes


def _cells(sheet: Sheet, maybe: NDArray[np.bool_]) -> Iterator[Cells]:
    """What there may be on one sheet, where maybe says so of its cells."""
    windows = sliding_window_view(sheet.pixels[:PIXELS], (BLOCKS, BLOCKS), axis=(1, 2))
    for strip, piece in sheet.placed:
        height, width = piece.height - OVERLAP, piece.width - OVERLAP
        rows, columns = np.nonzero(maybe[piece.y : piece.y + height, piece.x : piece.x + width])
        if not len(rows):
            continue
        patches = _unfolded(windows[:, piece.y + rows, piece.x + columns])
        found = Cells(patches, strip.scale, strip.row + rows, piece.column + columns)
        # At the end of a picture of odd size the last cell is a pixel short, as it is in the reference.
        short_row = (rows == height - 1) & strip.ends_short
        short_column = (columns == width - 1) & strip.ends_short_at(piece)
        if not (short_row.any() or short_column.any()):
            yield found
            continue
        for down, across in ((False, False), (False, True), (True, False), (True, True)):
            which = np.flatnonzero((short_row == down) & (short_column == across))
            if len(which):
                patches = found.patches[which, :, : CELL - down, : CELL - across]
                yield Cells(patches, strip.scale, found.row[which], found.column[which])


def _unfolded(patches: Picture) -> Picture:
    """(12, N, 6, 6) blocks to (N, 3, 12, 12) pixels."""
    count = patches.shape[1]
    quarters = patches.reshape(3, 2, 2, count, BLOCKS, BLOCKS)
    return quarters.transpose(3, 0, 4, 1, 5, 2).reshape(count, 3, CELL, CELL)


def _logit(probability: float) -> float:
    if not 0 < probability < 1:
        return math.copysign(math.inf, probability - 0.5)
    return math.log(probability / (1 - probability))
