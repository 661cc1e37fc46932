"""The recognizers Facelane knows: what each needs its crops to be, and how far apart two people are in it.

Only facts, no code that loads anything, so that the detection function can cut crops for a recognizer
without having its network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from src.pipeline.errors import SettingsError


@dataclass(frozen=True)
class Recognizer:
    """One embedder.

    id: recorded in every gallery, record and result.
    dim: length of an embedding.
    crop_px: side of the square uint8 RGB crop it takes.
    alignment: ``box`` stretches the detection's box to the square, as facenet-pytorch does; ``landmarks``
        maps the eyes and mouth corners onto fixed points by a similarity transform, as dlib's chips do.
    threshold: Euclidean distance above which the nearest person is not named, until a calibration says otherwise.
    threshold_source: where the threshold is from.
    """

    id: str
    dim: int
    crop_px: int
    alignment: Literal["box", "landmarks"]
    threshold: float
    threshold_source: str


RECOGNIZERS = {
    spec.id: spec
    for spec in (
        Recognizer(
            "facenet-vggface2", 512, 160, "box", 0.9,
            "stricter than the squared distance of 1.1 (1.05 plain) in figure 1 of the FaceNet paper, arXiv 1503.03832",
        ),
        Recognizer(
            "facenet-casia-webface", 512, 160, "box", 0.9,
            "stricter than the squared distance of 1.1 (1.05 plain) in figure 1 of the FaceNet paper, arXiv 1503.03832",
        ),
        Recognizer(
            "dlib", 128, 150, "landmarks", 0.5,
            "stricter than the 0.6 that dlib publishes, which names strangers (two people were measured 0.55 apart)",
        ),
    )
}  # fmt: skip


def recognizer(model: str) -> Recognizer:
    """The recognizer called ``model``. Raises SettingsError when there is none."""
    try:
        return RECOGNIZERS[model]
    except KeyError:
        raise SettingsError(f"No recognizer is called {model!r}; there are {', '.join(RECOGNIZERS)}.") from None
