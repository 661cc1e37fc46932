"""MTCNN: P-Net proposes, R-Net sorts out, O-Net decides and places landmarks.

K. Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks", 2016;
details as in facenet-pytorch 2.5.3, whose results these are.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from src.pipeline.allocator import keep_freed_memory
from src.pipeline.area import Space, SummedArea
from src.pipeline.boxes import Boxes, clipped, refined, squared, suppress
from src.pipeline.detections import Detections
from src.pipeline.kernels import Kernels
from src.pipeline.manifest import PREPARED, PROCESSOR, Manifest
from src.pipeline.proposals import Proposer
from src.pipeline.runtime import OpenVinoSession, Session, kind_of_processor, threads_of
from src.pipeline.settings import Settings

OVERLAP = 0.7
NETWORKS = {"pnet": "f32", "rnet": "f32", "onet": "f32", "sheet": "bf16"}
BATCHES = {"pnet": 64, "rnet": 32, "onet": 4}


def prepared_batch(name: str) -> int:
    """The batch that a network is prepared for. The screen has as many sheets as threads; one is what Lambda gives."""
    return BATCHES.get(name, 1)


@dataclass(frozen=True)
class Detector:
    """Finds faces. Use one per thread."""

    settings: Settings
    proposer: Proposer
    rnet: Session
    onet: Session
    kernels: Kernels
    space: Space = field(default_factory=Space)

    @classmethod
    def load(cls, settings: Settings) -> Detector:
        """Load the exported networks. Raises ModelError when a file is missing or not the one that was exported."""
        keep_freed_memory()
        folder, threads = settings.models_dir, threads_of(settings.threads)
        manifest = Manifest.load(folder)
        kernels = Kernels.load(folder, manifest)
        paths = {name: manifest.verified(folder, name) for name in NETWORKS}
        kind = kind_of_processor()
        ready = kind is not None and kind == manifest.made_with.get(PROCESSOR)

        def session(name: str) -> OpenVinoSession:
            batch = BATCHES.get(name, threads)
            prepared = paths[name].with_suffix(PREPARED)
            fits = ready and batch == prepared_batch(name) and prepared.name in manifest.networks[name]
            return OpenVinoSession(
                paths[name], threads, batch=batch, precision=NETWORKS[name], prepared=prepared if fits else None
            )

        with ThreadPoolExecutor(len(paths)) as pool:  # most of a load is outside of Python's lock
            pnet, rnet, onet, screen = pool.map(session, NETWORKS)
        return cls(settings, Proposer(settings, screen, pnet, kernels, together=threads), rnet, onet, kernels)

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """The faces of an (H, W, 3) uint8 RGB picture of any size, the largest first."""
        sums = SummedArea(image, self.kernels, self.space)
        boxes = self._refine(sums, squared(self.proposer.propose(sums)))
        return self._output(sums, boxes).largest_first()

    def _refine(self, sums: SummedArea, boxes: Boxes) -> Boxes:
        boxes, crops = _crops(sums, boxes, 24)
        if not len(boxes):
            return boxes
        offsets, probabilities = self.rnet.run(crops)
        scores = probabilities[:, 1]
        passed = scores > self.settings.rnet_threshold
        boxes, offsets, scores = boxes[passed], offsets[passed], scores[passed]
        kept = suppress(self.kernels, boxes, scores, OVERLAP)
        return squared(refined(boxes[kept], offsets[kept]))

    def _output(self, sums: SummedArea, boxes: Boxes) -> Detections:
        boxes, crops = _crops(sums, boxes, 48)
        if not len(boxes):
            return Detections.empty()
        offsets, points, probabilities = self.onet.run(crops)
        scores = probabilities[:, 1]
        passed = scores > self.settings.onet_threshold
        boxes, offsets, points, scores = boxes[passed], offsets[passed], points[passed], scores[passed]
        sides = boxes[:, None, 2:] - boxes[:, None, :2] + 1
        landmarks = np.stack([points[:, :5], points[:, 5:]], axis=2) * sides + boxes[:, None, :2] - 1
        boxes = refined(boxes, offsets)
        kept = suppress(self.kernels, boxes, scores, OVERLAP, plus=1, over="min")
        return Detections(boxes[kept], scores[kept], landmarks[kept].astype(np.float32))


def _crops(sums: SummedArea, boxes: Boxes, side: int) -> tuple[Boxes, NDArray[np.float32]]:
    """The boxes that reach into the picture, and (N, 3, side, side) network input cut from them."""
    rectangles = clipped(boxes, sums.width, sums.height)
    inside = (rectangles[:, 2:] > rectangles[:, :2]).all(axis=1)
    return boxes[inside], sums.crops(rectangles[inside], side)
