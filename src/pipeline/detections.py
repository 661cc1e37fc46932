"""The faces of one frame, as arrays that cannot misalign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Detections:
    """N faces of one frame.

    boxes: (N, 4) float32, x1 y1 x2 y2 in pixels of the decoded frame, not clipped to it.
    scores: (N,) float32 in 0..1.
    landmarks: (N, 5, 2) float32, x y in pixels: left eye, right eye, nose, mouth left, mouth right
        (left and right as seen in the picture).

    Raises ValueError when the shapes do not fit each other.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    landmarks: NDArray[np.float32]

    def __post_init__(self) -> None:
        n = len(self.boxes)
        wanted = {"boxes": (n, 4), "scores": (n,), "landmarks": (n, 5, 2)}
        for field, shape in wanted.items():
            array = getattr(self, field)
            if array.shape != shape:
                raise ValueError(f"{field} has shape {array.shape}, expected {shape}.")
            if array.dtype != np.float32:
                raise ValueError(f"{field} is {array.dtype}, expected float32.")

    @classmethod
    def empty(cls) -> Detections:
        """No faces."""
        return cls(np.zeros((0, 4), np.float32), np.zeros((0,), np.float32), np.zeros((0, 5, 2), np.float32))

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: slice | NDArray[np.integer] | NDArray[np.bool_] | list[int]) -> Detections:
        return Detections(self.boxes[index], self.scores[index], self.landmarks[index])

    @property
    def areas(self) -> NDArray[np.float32]:
        """(N,) float32, square pixels."""
        sides: NDArray[np.float32] = np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 0)
        return sides[:, 0] * sides[:, 1]

    def largest_first(self) -> Detections:
        """The same faces in descending order of box area."""
        return self[np.argsort(-self.areas, kind="stable")]
