"""MTCNN's first stage: P-Net over an image pyramid, first as a coarse screen, then exactly where it matters.

Nearly all of a pyramid is no face. P-Net looks at all of it at the lowest precision the processor is fast in, which
is good enough to say where no face can be; where one may be, the same network looks again in fp32, at the same
pixels, and only that decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from src.pipeline.area import SummedArea
from src.pipeline.boxes import Boxes, suppress
from src.pipeline.pyramid import CELL, STRIDE, bands, scales
from src.pipeline.runtime import Session
from src.pipeline.settings import Settings

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


@dataclass(frozen=True)
class Proposer:
    """screen: (1, 3, H, W) to (1, 1, h, w) logits; pnet: (N, 3, 12, 12) or less to offsets and probabilities."""

    settings: Settings
    screen: Session
    pnet: Session

    def propose(self, sums: SummedArea) -> Boxes:
        """(N, 4) float32 boxes of whatever may be a face, in pixels of the frame."""
        found = list(self.looked_at(sums))
        if not found:
            return np.zeros((0, 4), np.float32)
        boxes = np.concatenate(found)
        sizes = np.array(scales(self.settings, sums.height, sums.width), np.float32)
        levels = [boxes[boxes[:, 9] == scale] for scale in sizes]
        boxes = np.concatenate([level[suppress(level[:, :4], level[:, 4], WITHIN_SCALE)] for level in levels])
        boxes = boxes[suppress(boxes[:, :4], boxes[:, 4], ACROSS_SCALES)]
        sides = boxes[:, 2:4] - boxes[:, :2]
        moved: Boxes = boxes[:, :4] + boxes[:, 5:9] * np.concatenate([sides, sides], axis=1)
        return moved

    def looked_at(self, sums: SummedArea) -> Iterator[Boxes]:
        """(N, 10) each: box, score, offsets, scale of what passes P-Net's threshold."""
        waiting: dict[tuple[int, ...], list[Cells]] = {}
        for scale in scales(self.settings, sums.height, sums.width):
            for cells in self._candidates(sums, scale):
                kind = cells.patches.shape[2:]
                waiting.setdefault(kind, []).append(cells)
                if sum(len(some.row) for some in waiting[kind]) >= MOST_PATCHES:
                    yield self._exactly(waiting.pop(kind))
        for group in waiting.values():
            yield self._exactly(group)

    def _candidates(self, sums: SummedArea, scale: float) -> Iterator[Cells]:
        lowest = _logit(self.settings.pnet_threshold) - SLACK
        for first_row, grid in bands(sums.height, sums.width, scale):
            picture = sums.resized(*grid)
            rows, columns = np.nonzero(self.screen.run(picture[None])[0][0, 0] >= lowest)
            # At the end of a picture of odd size the last cell is a pixel short, as it is in the reference.
            short_row = STRIDE * rows + CELL > picture.shape[1]
            short_column = STRIDE * columns + CELL > picture.shape[2]
            for down, across in ((False, False), (False, True), (True, False), (True, True)):
                which = np.flatnonzero((short_row == down) & (short_column == across))
                if len(which):
                    r, c = rows[which], columns[which]
                    windows = sliding_window_view(picture, (CELL - down, CELL - across), axis=(1, 2))
                    yield Cells(windows[:, STRIDE * r, STRIDE * c].swapaxes(0, 1), scale, r + first_row, c)

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


def _logit(probability: float) -> float:
    if not 0 < probability < 1:
        return math.copysign(math.inf, probability - 0.5)
    return math.log(probability / (1 - probability))
