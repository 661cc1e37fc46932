"""Frames to faces, faces to names: the vision work of both functions, without events, queues or tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from src.pipeline import crops as face_crops
from src.pipeline.contracts import UNKNOWN_NAME, Face, FaceResult, Status, Timings
from src.pipeline.crop_codec import Crops
from src.pipeline.detections import Detections
from src.pipeline.gallery import Gallery
from src.pipeline.images import decode_frame
from src.pipeline.models import recognizer
from src.pipeline.settings import Settings

if TYPE_CHECKING:
    from src.pipeline.detector import Detector
    from src.pipeline.embedder import Embedder


@dataclass(frozen=True)
class FoundFaces:
    """What detection knows of a frame: (width, height) px, faces largest first, (N, S, S, 3) uint8 RGB crops."""

    image_size: tuple[int, int]
    faces: tuple[Face, ...]
    crops: Crops
    timings: Timings


class FaceFinder:
    """Detects the faces of encoded frames and cuts them for one recognizer."""

    def __init__(self, settings: Settings, detector: Detector, model: str) -> None:
        self._settings = settings
        self._detector = detector
        self._recognizer = recognizer(model)

    def find(self, data: bytes) -> FoundFaces:
        """The faces of one encoded picture. Raises InvalidFrame when it cannot be decoded or is over a limit."""
        begin = perf_counter()
        image = decode_frame(data, self._settings)
        decoded = perf_counter()
        detections = self._detector.detect(image)[: self._settings.max_faces]
        crops = face_crops.cut(image, detections, self._recognizer)
        found = perf_counter()
        timings: Timings = {"decode_s": decoded - begin, "detect_s": found - decoded}
        height, width = image.shape[:2]
        return FoundFaces((width, height), faces_of(detections), crops, timings)


def faces_of(detections: Detections) -> tuple[Face, ...]:
    """Detections as they travel in messages; pixels to a hundredth."""
    boxes = np.round(detections.boxes.astype(float), 2).tolist()
    landmarks = np.round(detections.landmarks.astype(float), 2).tolist()
    scores = np.round(detections.scores.astype(float), 6).tolist()
    return tuple(
        Face((box[0], box[1], box[2], box[3]), score, tuple((x, y) for x, y in points))
        for box, score, points in zip(boxes, scores, landmarks, strict=True)
    )


class FaceNamer:
    """Embeds the faces of several frames in one batch and names each after the nearest enrolled person."""

    def __init__(self, embedder: Embedder, threshold: float | None, margin: float | None = None) -> None:
        self._embedder = embedder
        self._threshold, self._margin = threshold, margin

    def name(
        self,
        frames: Sequence[tuple[tuple[Face, ...], Crops]],
        gallery: Gallery,
        on_unknown: Callable[[int, FaceResult, NDArray[np.float32]], FaceResult] = lambda _, face, __: face,
    ) -> tuple[list[tuple[FaceResult, ...]], Timings]:
        """For each frame's faces and crops, its results; and the batch's timings shared out among its frames.

        on_unknown: is given the frame's number, the result and the (D,) embedding of each face without a name, and
        returns the result to take.
        """
        begin = perf_counter()
        embeddings = self._embedder.embed(np.concatenate([crops for _, crops in frames]))
        embedded = perf_counter()
        matches = zip(gallery.match(embeddings, self._threshold, self._margin), embeddings, strict=True)
        results: list[tuple[FaceResult, ...]] = []
        for number, (faces, _) in enumerate(frames):
            named = []
            for face, (match, embedding) in zip(faces, matches, strict=False):
                result = FaceResult(match.name or UNKNOWN_NAME, _rounded(match.distance), face.box, face.score)
                named.append(result if match.name else on_unknown(number, result, embedding))
            results.append(tuple(named))
        share = 1 / len(frames)
        timings: Timings = {
            "embed_s": (embedded - begin) * share,
            "match_s": (perf_counter() - embedded) * share,
        }
        return results, timings


def status_of(faces: Sequence[FaceResult]) -> Status:
    """How a frame ends whose faces were all looked at."""
    if not faces:
        return Status.NO_FACE
    return Status.RECOGNIZED if any(face.name != UNKNOWN_NAME for face in faces) else Status.UNKNOWN


def _rounded(distance: float | None) -> float | None:
    return None if distance is None else round(distance, 4)
