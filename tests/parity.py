"""Our detections beside facenet-pytorch's: what the tests assert and the benchmark reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from src.pipeline.detections import Detections

CERTAIN = 0.95  # faces of at least this score must be the same
SAME = 0.95  # IoU


@cache
def reference_detector() -> Any:
    """facenet-pytorch's MTCNN with its defaults, all faces."""
    from facenet_pytorch import MTCNN

    return MTCNN(keep_all=True, device="cpu", min_face_size=20, thresholds=[0.6, 0.7, 0.7])


def reference_faces(image: NDArray[np.uint8]) -> Detections:
    """What facenet-pytorch finds in an (H, W, 3) uint8 RGB picture."""
    boxes, scores, landmarks = reference_detector().detect(Image.fromarray(image), landmarks=True)
    if boxes is None:
        return Detections.empty()
    found = (np.asarray(part, np.float32) for part in (boxes, scores, landmarks))
    return Detections(*found).largest_first()


@dataclass
class Parity:
    """Counts and distances over all pictures that were compared."""

    faces_reference: int = 0
    faces_matched: int = 0
    faces_extra: int = 0
    ious: list[float] = field(default_factory=list)
    landmarks_px: list[float] = field(default_factory=list)

    def add(self, ours: Detections, reference: Detections) -> None:
        """Compare one picture's faces. What one finds with certainty, the other must find at all."""
        overlaps = iou(reference.boxes, ours.boxes)
        for number, score in enumerate(reference.scores):
            if score < CERTAIN:
                continue
            self.faces_reference += 1
            best = int(overlaps[number].argmax()) if len(ours) else -1
            overlap = float(overlaps[number, best]) if len(ours) else 0.0
            if overlap >= SAME:
                self.faces_matched += 1
                self.ious.append(overlap)
                apart = np.linalg.norm(ours.landmarks[best] - reference.landmarks[number], axis=1)
                self.landmarks_px.append(float(apart.max()))
        certain = ours.scores >= CERTAIN
        self.faces_extra += int((overlaps[:, certain].max(axis=0, initial=0) < SAME).sum())

    def figures(self) -> dict[str, float]:
        return {
            "faces_reference": self.faces_reference,
            "faces_matched": self.faces_matched,
            "faces_extra": self.faces_extra,
            "mean_iou": float(np.mean(self.ious)) if self.ious else 0.0,
            "max_landmark_px": max(self.landmarks_px, default=0.0),
        }


def compared(pairs: Iterable[tuple[Detections, Detections]]) -> Parity:
    """Ours and the reference's faces of many pictures."""
    parity = Parity()
    for ours, reference in pairs:
        parity.add(ours, reference)
    return parity


def iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, M) intersection over union of (N, 4) and (M, 4) boxes x1 y1 x2 y2."""
    a, b = a[:, None].astype(np.float64), b[None].astype(np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    inter = np.maximum(sides, 0).prod(axis=2)
    area_a, area_b = ((box[..., 2:] - box[..., :2]).prod(axis=2) for box in (a, b))
    return inter / (area_a + area_b - inter)
