"""Box arithmetic beside the reference's."""

import numpy as np
import pytest
import torch
from facenet_pytorch.models.utils.detect_face import nms_numpy
from torchvision.ops import nms

from src.pipeline.boxes import clipped, squared, suppress
from src.pipeline.kernels import Kernels


def random_boxes(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(count)
    corners = rng.uniform(0, 200, (count, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 90, (count, 2))], axis=1).astype(np.float32)
    return boxes, rng.uniform(0, 1, count).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 9, 700, 5000])
def test_suppression_over_the_union(count: int, kernels: Kernels) -> None:
    boxes, scores = random_boxes(count)
    wanted = nms(torch.tensor(boxes), torch.tensor(scores), 0.5).numpy()
    assert suppress(kernels, boxes, scores, 0.5).tolist() == wanted.tolist()


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("count", [1, 9, 300])
def test_suppression_over_the_smaller(count: int, alike: bool, kernels: Kernels) -> None:
    boxes, scores = random_boxes(count)
    if alike:  # softmax ends at one: many certain faces have the very same score
        scores = np.minimum(scores * 2, 1)
    wanted = nms_numpy(boxes, scores, 0.7, "Min")
    assert suppress(kernels, boxes, scores, 0.7, plus=1, over="min").tolist() == wanted.tolist()


def test_boxes_without_any_area_do_not_overlap(kernels: Kernels) -> None:
    boxes, scores = np.full((3, 4), 5, np.float32), np.array([0.9, 0.8, 0.7], np.float32)
    assert suppress(kernels, boxes, scores, 0.5).tolist() == [0, 1, 2]


def test_squares_keep_the_centre_and_the_longer_side() -> None:
    assert squared(np.array([[10, 10, 30, 50]], np.float32)).tolist() == [[0, 10, 40, 50]]


def test_rectangles_are_clipped_to_the_picture() -> None:
    boxes = np.array([[-5, -7, 1000, 3], [4.9, 5.2, 9.9, 20.7]], np.float32)
    assert clipped(boxes, 64, 48).tolist() == [[0, 0, 64, 3], [3, 4, 9, 20]]
