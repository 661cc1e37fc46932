"""Box arithmetic of MTCNN, as facenet-pytorch 2.5.3 does it (models/utils/detect_face.py), on arrays."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
Over = Literal["union", "min"]


def suppress(
    boxes: Boxes,
    scores: NDArray[np.float32],
    threshold: float,
    *,
    plus: int = 0,
    over: Literal["union", "min"] = "union",
) -> NDArray[np.intp]:
    """Non-maximum suppression: indices of the boxes that stay, best first.

    boxes: (N, 4) x1 y1 x2 y2 px. plus: 1 counts a box's last pixel into its sides. over: what an intersection is
    divided by, the union of two boxes or the smaller of them.
    """
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1 + plus) * (y2 - y1 + plus)
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        width = np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest]) + plus
        height = np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest]) + plus
        inter = np.maximum(width, 0) * np.maximum(height, 0)
        smaller = np.minimum(areas[best], areas[rest])
        base = areas[best] + areas[rest] - inter if over == "union" else smaller
        order = rest[inter <= threshold * base]
    return np.array(kept, np.intp)


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
