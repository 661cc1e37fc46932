"""The summed-area table beside torch's adaptive average pooling."""

import errno
import mmap

import numpy as np
import pytest
import torch

from src.pipeline import area
from src.pipeline.area import Space, SummedArea, cells


def pooled(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    data = torch.tensor(image).permute(2, 0, 1)[None].double()
    found = torch.nn.functional.adaptive_avg_pool2d(data, (rows, columns))[0].numpy()
    return (found - 127.5) / 128


def grid(height: int, width: int, rows: int, columns: int) -> tuple[np.ndarray, ...]:
    (top,), (bottom,) = cells(np.zeros(1, np.int64), np.array([height]), rows)
    (left,), (right,) = cells(np.zeros(1, np.int64), np.array([width]), columns)
    return top, bottom, left, right


def even_then_odd(side: np.ndarray) -> np.ndarray:
    return np.concatenate([side[::2], side[1::2]])


@pytest.mark.parametrize("size", [(7, 5), (90, 160), (433, 301)])
@pytest.mark.parametrize("share", [1.0, 0.6, 0.3, 0.07])
def test_a_picture_is_resized_as_adaptive_pooling_does(size: tuple[int, int], share: float) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    rows, columns = (max(1, int(side * share)) for side in size)
    rows, columns = rows + rows % 2, columns + columns % 2
    found = SummedArea(image).folded(*map(even_then_odd, grid(*size, rows, columns))) - area.MIDDLE
    quarters = found.reshape(3, 2, 2, rows // 2, columns // 2).transpose(0, 3, 1, 4, 2)
    np.testing.assert_allclose(quarters.reshape(3, rows, columns), pooled(image, rows, columns), atol=1e-5)


def test_cells_of_more_pixels_than_a_packed_sum_holds() -> None:
    image = np.full((200, 300, 3), 255, np.uint8)
    image[:, 150:, 1] = 0
    assert area.MOST_PIXELS < 200 * 300
    sums = SummedArea(image)
    halves = sums.folded(*map(even_then_odd, grid(200, 300, 2, 2)))[:, 0, 0] - area.MIDDLE
    left, right = 0.99609375, [0.99609375, -0.99609375, 0.99609375]
    np.testing.assert_allclose(halves.reshape(3, 2, 2), [[[left, r], [left, r]] for r in right], atol=1e-5)
    whole = sums.crops(np.array([[0, 0, 300, 200]]), 1)
    np.testing.assert_allclose(whole[0, :, 0, 0], [0.99609375, 0, 0.99609375], atol=1e-5)


def test_crops_are_resized_as_adaptive_pooling_does() -> None:
    image = np.random.default_rng(2).integers(0, 256, (80, 120, 3), np.uint8)
    rectangles = np.array([[0, 0, 120, 80], [3, 5, 4, 6], [100, 70, 120, 80], [10, 20, 57, 31]])
    found = SummedArea(image).crops(rectangles, 24)
    for crop, (x1, y1, x2, y2) in zip(found, rectangles, strict=True):
        np.testing.assert_allclose(crop, pooled(image[y1:y2, x1:x2], 24, 24), atol=1e-5)


def test_no_crops() -> None:
    assert SummedArea(np.zeros((5, 5, 3), np.uint8)).crops(np.zeros((0, 4), np.int64), 24).shape == (0, 3, 24, 24)


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
