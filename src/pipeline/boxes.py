"""Box arithmetic of MTCNN, as facenet-pytorch 2.5.3 does it (models/utils/detect_face.py), on arrays."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from src.pipeline.kernels import Kernels

Boxes = NDArray[np.float32]
Over = Literal["union", "min"]


def suppress(
    kernels: Kernels,
    boxes: Boxes,
    scores: NDArray[np.float32],
    threshold: float,
    *,
    plus: int = 0,
    over: Over = "union",
) -> NDArray[np.intp]:
    """Non-maximum suppression: indices of the boxes that stay, best first (see ``Kernels.suppress``)."""
    # Certain faces often have exactly the same score; which comes first is what the reference's two sorts make of it.
    order = np.argsort(-scores, kind="stable") if over == "union" else np.argsort(scores)[::-1]
    return order[kernels.suppress(boxes[order], threshold, plus=plus, over=over)]


def refined(boxes: Boxes, offsets: Boxes) -> Boxes:
    """Boxes moved by a network's (N, 4) offsets, which are in units of the box's own sides."""
    width = boxes[:, 2] - boxes[:, 0] + 1
    height = boxes[:, 3] - boxes[:, 1] + 1
    return boxes + offsets * np.stack([width, height, width, height], axis=1)


def squared(boxes: Boxes) -> Boxes:
    """Boxes grown to squares around their centres."""
    sides = boxes[:, 2:] - boxes[:, :2]
    side = sides.max(axis=1, keepdims=True)
    corner = boxes[:, :2] + sides * np.float32(0.5) - side * np.float32(0.5)
    return np.concatenate([corner, corner + side], axis=1)


def clipped(boxes: Boxes, width: int, height: int) -> NDArray[np.int64]:
    """(N, 4) rectangles inside a picture, zero-based, ends exclusive; the reference counts beginnings from one."""
    whole = np.trunc(boxes).astype(np.int64)
    begin = np.maximum(whole[:, :2], 1) - 1
    end = np.minimum(whole[:, 2:], [width, height])
    return np.concatenate([begin, end], axis=1)
