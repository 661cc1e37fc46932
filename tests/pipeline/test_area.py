"""The summed-area table beside torch's adaptive average pooling."""

import errno
import math
import mmap

import numpy as np
import pytest
import torch

from src.pipeline.area import Space, SummedArea
from src.pipeline.kernels import Kernels

MOST_PIXELS = 8224  # of an area, in one packed sum


def pooled(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    data = torch.tensor(image).permute(2, 0, 1)[None].double()
    found = torch.nn.functional.adaptive_avg_pool2d(data, (rows, columns))[0].numpy()
    return (found - 127.5) / 128


def folded(kernels: Kernels, image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """(3, rows, columns) by way of a part of a larger sheet, of which the rest must stay what it was."""
    height, width = image.shape[:2]
    sides = [side for length, count in ((height, rows), (width, columns)) for side in adaptive(length, count)]
    grid = np.concatenate([even_then_odd(side) for side in sides]).astype(np.int32)
    sheet = np.full((13, rows // 2 + 3, columns // 2 + 4), 7, np.float32)
    SummedArea(image, kernels).fold(grid, sheet[:12, 1:-2, 3:-1])
    found = sheet[:12, 1:-2, 3:-1].copy()
    sheet[:12, 1:-2, 3:-1] = 7
    assert (sheet == 7).all()
    quarters = found.reshape(3, 2, 2, rows // 2, columns // 2).transpose(0, 3, 1, 4, 2)
    return quarters.reshape(3, rows, columns)


def adaptive(length: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(count) * length // count, -(-np.arange(1, count + 1) * length // count)


def even_then_odd(side: np.ndarray) -> np.ndarray:
    return np.concatenate([side[::2], side[1::2]])


@pytest.mark.parametrize("size", [(7, 5), (90, 160), (433, 301)])
@pytest.mark.parametrize("share", [1.0, 0.6, 0.3, 0.07])
def test_a_picture_is_resized_as_adaptive_pooling_does(size: tuple[int, int], share: float, kernels: Kernels) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    rows, columns = (max(1, int(side * share)) for side in size)
    rows, columns = rows + rows % 2, columns + columns % 2
    np.testing.assert_allclose(folded(kernels, image, rows, columns), pooled(image, rows, columns), atol=1e-5)


@pytest.mark.parametrize(("size", "cells"), [((200, 300), (2, 2)), ((9_000, 4), (2, 2)), ((3, 9_000), (2, 2))])
def test_cells_of_more_pixels_than_a_packed_sum_holds(
    size: tuple[int, int], cells: tuple[int, int], kernels: Kernels
) -> None:
    image = np.random.default_rng(3).integers(200, 256, (*size, 3), np.uint8)
    image[:, size[1] // 2 :, 1] = 0
    assert math.prod(-(-side // count) for side, count in zip(size, cells, strict=True)) > MOST_PIXELS
    np.testing.assert_allclose(folded(kernels, image, *cells), pooled(image, *cells), atol=1e-5)
    whole = SummedArea(image, kernels).crops(np.array([[0, 0, size[1], size[0]]]), 1)
    np.testing.assert_allclose(whole[0], pooled(image, 1, 1), atol=1e-5)


def test_the_largest_area_of_a_packed_sum(kernels: Kernels) -> None:
    """All white: one pixel more, and the sum would run into the next channel's."""
    for width, height in ((MOST_PIXELS, 1), (MOST_PIXELS + 1, 1), (257, 32), (91, 91)):
        image = np.full((height, width, 3), 255, np.uint8)
        image[..., 1] = 0
        crop = SummedArea(image, kernels).crops(np.array([[0, 0, width, height]]), 1)
        np.testing.assert_allclose(crop[0, :, 0, 0], [0.99609375, -0.99609375, 0.99609375], atol=1e-5)


def test_crops_are_resized_as_adaptive_pooling_does(kernels: Kernels) -> None:
    image = np.random.default_rng(2).integers(0, 256, (80, 120, 3), np.uint8)
    rectangles = np.array([[0, 0, 120, 80], [3, 5, 4, 6], [100, 70, 120, 80], [10, 20, 57, 31]])
    for side in (24, 48):
        found = SummedArea(image, kernels).crops(rectangles, side)
        for crop, (x1, y1, x2, y2) in zip(found, rectangles, strict=True):
            np.testing.assert_allclose(crop, pooled(image[y1:y2, x1:x2], side, side), atol=1e-5)


def test_a_picture_that_is_not_one_piece_of_memory(kernels: Kernels) -> None:
    image = np.random.default_rng(4).integers(0, 256, (160, 90, 3), np.uint8)
    turned, whole = image.transpose(1, 0, 2)[:, ::-1], np.array([[0, 0, 160, 90]])
    found = SummedArea(turned, kernels).crops(whole, 24)
    np.testing.assert_array_equal(found, SummedArea(np.ascontiguousarray(turned), kernels).crops(whole, 24))


def test_no_crops(kernels: Kernels) -> None:
    image = np.zeros((5, 5, 3), np.uint8)
    assert SummedArea(image, kernels).crops(np.zeros((0, 4), np.int64), 24).shape == (0, 3, 24, 24)


def test_a_kernel_without_large_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(mmap.mmap):
        def madvise(self, *_: int) -> None:
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(mmap, "mmap", Refusing)
    assert Space().array((3, 4)).shape == (3, 4)


def test_a_system_that_knows_nothing_of_large_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MADV_HUGEPAGE", "MAP_PRIVATE", "MAP_ANONYMOUS"):
        monkeypatch.delattr(mmap, name)
    assert Space().array((3, 4)).shape == (3, 4)
