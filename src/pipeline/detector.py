"""MTCNN: P-Net over an image pyramid, R-Net and O-Net on what it proposes.

K. Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks", 2016;
details as in facenet-pytorch 2.5.3, whose results these are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.pipeline.area import SummedArea
from src.pipeline.boxes import Boxes, clipped, refined, squared, suppress
from src.pipeline.detections import Detections
from src.pipeline.manifest import Manifest
from src.pipeline.runtime import OpenVinoSession, Session, threads_of
from src.pipeline.settings import Settings

CELL, STRIDE = 12, 2  # P-Net sees 12 × 12 px, every 2 px
WITHIN_SCALE, ACROSS = 0.5, 0.7


@dataclass(frozen=True)
class Detector:
    """Finds faces. Use one per thread."""

    settings: Settings
    pnet: Session
    rnet: Session
    onet: Session

    @classmethod
    def load(cls, settings: Settings) -> Detector:
        """Load the exported networks. Raises ModelError when a file is missing or not the one that was exported."""
        folder, threads = settings.models_dir, threads_of(settings.threads)
        manifest = Manifest.load(folder)
        pnet, rnet, onet = (
            OpenVinoSession(manifest.verified(folder, name), threads) for name in ("pnet", "rnet", "onet")
        )  # fmt: skip
        return cls(settings, pnet, rnet, onet)

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """The faces of an (H, W, 3) uint8 RGB picture of any size, the largest first."""
        height, width = image.shape[:2]
        scales = self._scales(height, width)
        if not scales:
            return Detections.empty()
        sums = SummedArea(image)
        boxes = self._propose(sums, height, width, scales)
        boxes = self._refine(sums, boxes, height, width)
        return self._output(sums, boxes, height, width).largest_first()

    def _scales(self, height: int, width: int) -> list[float]:
        scale = CELL / self.settings.min_face_size
        side, scales = min(height, width) * scale, []
        while side >= CELL:
            scales.append(scale)
            scale, side = scale * self.settings.pyramid_factor, side * self.settings.pyramid_factor
        return scales

    def _propose(self, sums: SummedArea, height: int, width: int, scales: list[float]) -> Boxes:
        found = []
        for scale in scales:
            level = _normalised(sums.resized(int(height * scale + 1), int(width * scale + 1))[None])
            offsets, probabilities = self.pnet.run(level)
            found.append(_candidates(offsets[0], probabilities[0, 1], scale, self.settings.pnet_threshold))
        boxes = np.concatenate(found)
        boxes = boxes[suppress(boxes[:, :4], boxes[:, 4], ACROSS)]
        sides = boxes[:, 2:4] - boxes[:, :2]
        return squared(boxes[:, :4] + boxes[:, 5:9] * np.concatenate([sides, sides], axis=1))

    def _refine(self, sums: SummedArea, boxes: Boxes, height: int, width: int) -> Boxes:
        boxes, crops = _crops(sums, boxes, height, width, 24)
        if not len(boxes):
            return boxes
        offsets, probabilities = self.rnet.run(crops)
        scores = probabilities[:, 1]
        passed = scores > self.settings.rnet_threshold
        boxes, offsets, scores = boxes[passed], offsets[passed], scores[passed]
        kept = suppress(boxes, scores, ACROSS)
        return squared(refined(boxes[kept], offsets[kept]))

    def _output(self, sums: SummedArea, boxes: Boxes, height: int, width: int) -> Detections:
        boxes, crops = _crops(sums, boxes, height, width, 48)
        if not len(boxes):
            return Detections.empty()
        offsets, points, probabilities = self.onet.run(crops)
        scores = probabilities[:, 1]
        passed = scores > self.settings.onet_threshold
        boxes, offsets, points, scores = boxes[passed], offsets[passed], points[passed], scores[passed]
        sides = boxes[:, None, 2:] - boxes[:, None, :2] + 1
        landmarks = np.stack([points[:, :5], points[:, 5:]], axis=2) * sides + boxes[:, None, :2] - 1
        boxes = refined(boxes, offsets)
        kept = suppress(boxes, scores, ACROSS, plus=1, over="min")
        return Detections(boxes[kept], scores[kept], landmarks[kept].astype(np.float32))


def _candidates(offsets: Boxes, probability: NDArray[np.float32], scale: float, threshold: float) -> Boxes:
    """(N, 9): box in frame px, score, offsets, of P-Net's cells over the threshold, suppressed within their scale."""
    rows, columns = np.nonzero(probability >= threshold)
    cells = np.stack([columns, rows], axis=1).astype(np.float32) * STRIDE
    begin = np.floor((cells + 1) / np.float32(scale))
    end = np.floor((cells + CELL) / np.float32(scale))
    scores = probability[rows, columns]
    boxes = np.concatenate([begin, end, scores[:, None], offsets[:, rows, columns].T], axis=1)
    kept: Boxes = boxes[suppress(boxes[:, :4], scores, WITHIN_SCALE)]
    return kept


def _crops(sums: SummedArea, boxes: Boxes, height: int, width: int, side: int) -> tuple[Boxes, NDArray[np.float32]]:
    """The boxes that reach into the picture, and (N, 3, side, side) network input cut from them."""
    rectangles = clipped(boxes, width, height)
    inside = (rectangles[:, 2:] > rectangles[:, :2]).all(axis=1)
    return boxes[inside], _normalised(sums.crops(rectangles[inside], side))


def _normalised(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, H, W, 3) in 0..255 to (N, 3, H, W) in about -1..1."""
    return np.ascontiguousarray(((pixels - np.float32(127.5)) * np.float32(0.0078125)).transpose(0, 3, 1, 2))
