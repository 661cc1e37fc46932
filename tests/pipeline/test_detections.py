import numpy as np
import pytest

from src.pipeline.detections import Detections


def some(*sides: float) -> Detections:
    boxes = np.array([[0, 0, s, s] for s in sides], np.float32).reshape(-1, 4)
    n = len(sides)
    return Detections(boxes, np.linspace(0.7, 0.9, n, dtype=np.float32), np.zeros((n, 5, 2), np.float32))


def test_selecting_keeps_the_fields_together():
    picked = some(10, 30, 20).largest_first()
    assert picked.boxes[:, 2].tolist() == [30, 20, 10]
    assert picked.scores.tolist() == pytest.approx([0.8, 0.9, 0.7])
    assert len(picked[:1]) == 1


def test_empty_has_no_faces_and_sorts():
    assert len(Detections.empty().largest_first()) == 0


def test_misaligned_or_wrongly_typed_fields_are_refused():
    good = some(10, 20)
    with pytest.raises(ValueError, match="scores"):
        Detections(good.boxes, good.scores[:1], good.landmarks)
    with pytest.raises(ValueError, match="float32"):
        Detections(good.boxes.astype(float), good.scores, good.landmarks)
