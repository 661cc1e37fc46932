"""MTCNN's first stage: P-Net over an image pyramid, first as a coarse screen, then exactly where it matters.

Nearly all of a pyramid is no face. P-Net looks at all of it at the lowest precision the processor is fast in, which
is good enough to say where no face can be; where one may be, the same network looks again in fp32, at the same
pixels, and only that decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from src.pipeline.area import SummedArea
from src.pipeline.boxes import Boxes, suppress
from src.pipeline.kernels import Kernels, Picture
from src.pipeline.pyramid import CELL, STRIDE
from src.pipeline.runtime import Session
from src.pipeline.settings import Settings
from src.pipeline.sheets import HEIGHT, OUTSIDE, OVERLAP, PIXELS, WIDTH, Piece, sheets

Indices = NDArray[np.intp]

# How much less of a face the screen may see than the exact look does, in units of the logit: twice the most that was
# measured over all sizes of 53 frames, 0.24.
SLACK = 0.5
MOST_PATCHES = 4096  # looked at together: bounds the memory that a picture full of candidates takes
WITHIN_SCALE, ACROSS_SCALES = 0.5, 0.7


@dataclass(frozen=True)
class Cells:
    """N places where a face may be: (N, 13, 6, 6) patches of blocks, and where they are."""

    patches: Picture
    scale: float
    row: Indices
    column: Indices


@dataclass(frozen=True)
class Proposer:
    """screen: sheets of (N, 13, H, W) to (N, 1, H - 5, W - 5) logits, so many together; pnet: (N, 13, 6, 6) to offsets
    and probabilities. paper: the sheets that are looked at, one frame's after another's."""

    settings: Settings
    screen: Session
    pnet: Session
    kernels: Kernels
    together: int
    paper: Picture = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "paper", np.zeros((self.together, PIXELS + 1, HEIGHT, WIDTH), np.float32))

    def propose(self, sums: SummedArea) -> Boxes:
        """(N, 4) float32 boxes of whatever may be a face, in pixels of the frame."""
        boxes = np.concatenate([np.zeros((0, 10), np.float32), *self.looked_at(sums)])
        if not len(boxes):
            return boxes[:, :4]
        scales = sorted(set(boxes[:, 9].tolist()), reverse=True)  # np.unique would import masked arrays, 10 ms
        levels = [boxes[boxes[:, 9] == scale] for scale in scales]
        boxes = np.concatenate(
            [level[suppress(self.kernels, level[:, :4], level[:, 4], WITHIN_SCALE)] for level in levels]
        )
        boxes = boxes[suppress(self.kernels, boxes[:, :4], boxes[:, 4], ACROSS_SCALES)]
        sides = boxes[:, 2:4] - boxes[:, :2]
        moved: Boxes = boxes[:, :4] + boxes[:, 5:9] * np.concatenate([sides, sides], axis=1)
        return moved

    def looked_at(self, sums: SummedArea) -> Iterator[Boxes]:
        """(N, 10) each: box, score, offsets, scale of what passes P-Net's threshold."""
        waiting: list[Cells] = []
        for cells in self._candidates(sums):
            waiting.append(cells)
            if sum(len(some.row) for some in waiting) >= MOST_PATCHES:
                yield self._exactly(waiting)
                waiting = []
        if waiting:
            yield self._exactly(waiting)

    def _candidates(self, sums: SummedArea) -> Iterator[Cells]:
        """From the pyramid's pieces to sheets, and from sheets to where a face may be on them."""
        known = self.settings
        laid: list[tuple[Piece, ...]] = []
        for pieces in sheets(sums.height, sums.width, known.min_face_size, known.pyramid_factor):
            self._lay(sums, pieces, self.paper[len(laid)])
            laid.append(pieces)
            if len(laid) == self.together:
                yield from self._screened(laid)
                laid = []
        if laid:
            yield from self._screened(laid)

    def _lay(self, sums: SummedArea, pieces: tuple[Piece, ...], sheet: Picture) -> None:
        outside = sheet[PIXELS]
        outside[...] = 0  # what else an earlier sheet left is in nobody's piece
        for piece in pieces:
            sums.fold(piece.grid, _part(sheet, piece)[:PIXELS])
            if piece.ends_short:
                _part(outside, piece)[-1] = OUTSIDE
            if piece.sides_short:
                _part(outside, piece)[:, -1] = OUTSIDE

    def _screened(self, laid: list[tuple[Piece, ...]]) -> Iterator[Cells]:
        lowest = _logit(self.settings.pnet_threshold) - SLACK
        maybe = self.screen.run(self.paper)[0][:, 0] >= lowest
        for sheet, cells, pieces in zip(self.paper, maybe, laid, strict=False):
            if not cells.any():
                continue
            for piece in pieces:
                height, width = piece.height - OVERLAP, piece.width - OVERLAP
                row, column = np.nonzero(cells[piece.y : piece.y + height, piece.x : piece.x + width])
                if len(row):
                    patches = self.kernels.patches(sheet, np.stack([piece.y + row, piece.x + column]))
                    yield Cells(patches, piece.scale, piece.row + row, piece.column + column)

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


def _part(sheet: Picture, piece: Piece) -> Picture:
    return sheet[..., piece.y : piece.y + piece.height, piece.x : piece.x + piece.width]


def _logit(probability: float) -> float:
    if not 0 < probability < 1:
        return math.copysign(math.inf, probability - 0.5)
    return math.log(probability / (1 - probability))
