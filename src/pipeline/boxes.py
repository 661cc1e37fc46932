"""Box arithmetic of MTCNN, as facenet-pytorch 2.5.3 does it (models/utils/detect_face.py), on arrays."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
Over = Literal["union", "min"]
MATRIX_MOST = 2048  # boxes whose overlaps are computed all at once; of more, one row at a time


def suppress(
    boxes: Boxes, scores: NDArray[np.float32], threshold: float, *, plus: int = 0, over: Over = "union"
) -> NDArray[np.intp]:
    """Non-maximum suppression: indices of the boxes that stay, best first.

    boxes: (N, 4) x1 y1 x2 y2 px. plus: 1 counts a box's last pixel into its sides. over: what an intersection is
    divided by, the union of two boxes or the smaller of them.
    """
    # Certain faces often have exactly the same score; which comes first is what the reference's two sorts make of it.
    order = np.argsort(-scores, kind="stable") if over == "union" else np.argsort(scores)[::-1]
    best = boxes[order]
    areas = (best[:, 2] - best[:, 0] + plus) * (best[:, 3] - best[:, 1] + plus)
    kept: list[int] = []
    if len(order) <= MATRIX_MOST:
        # Who suppresses whom as one whole number a box: what is left to do one by one is a shift and an or.
        rows = np.packbits(_overlap(best, areas, slice(None), threshold, plus, over), axis=1, bitorder="little")
        gone = 0
        for number in range(len(order)):
            if not gone >> number & 1:
                kept.append(number)
                gone |= int.from_bytes(rows[number].tobytes(), "little")
    else:
        alive = np.ones(len(order), bool)
        for number in range(len(order)):
            if alive[number]:
                kept.append(number)
                alive &= ~_overlap(best, areas, slice(number, number + 1), threshold, plus, over)[0]
    return order[kept]


def _overlap(
    boxes: Boxes, areas: NDArray[np.float32], which: slice, threshold: float, plus: int, over: Over
) -> NDArray[np.bool_]:
    """(which, N) whether two boxes overlap by more than the threshold."""
    ours, one = boxes[which], areas[which, None]
    width = np.minimum(ours[:, 2:3], boxes[:, 2]) - np.maximum(ours[:, 0:1], boxes[:, 0]) + plus
    height = np.minimum(ours[:, 3:4], boxes[:, 3]) - np.maximum(ours[:, 1:2], boxes[:, 1]) + plus
    inter = np.maximum(width, 0) * np.maximum(height, 0)
    base = one + areas - inter if over == "union" else np.minimum(one, areas)
    with np.errstate(invalid="ignore"):  # two boxes without any area do not overlap
        # Divided, as the reference does it: a product is rounded otherwise, and many overlaps are just the threshold.
        overlap: NDArray[np.bool_] = inter / base > threshold
    return overlap


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
