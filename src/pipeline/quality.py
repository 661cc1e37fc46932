"""Which photos are good enough to know somebody by. Each refusal says what is wrong, by how much, and what helps.

The limits are where photos began to harm: measured in docs/people.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from src.pipeline.contracts import Face
from src.pipeline.errors import InvalidFrame
from src.pipeline.gallery import Gallery
from src.pipeline.models import recognizer

BYSTANDER = 0.25  # of the width of the face that counts: narrower ones are passers-by, or no faces at all
LEAST_PX = 40  # width and height of a face in the photo
LEAST_SHARPNESS = 0.04
LEAST_LIGHT = 50  # of 255
SIDE = 64  # px to which faces are scaled before sharpness is measured, so that it does not depend on their size


def check_photo(faces: Sequence[Face], crops: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> None:
    """That the first of the faces, largest first, is alone and well visible. crops: (S, S, 3) uint8 RGB each.

    Raises InvalidFrame otherwise.
    """
    check_alone(faces)
    check_look(faces[0], crops[0])


def check_alone(faces: Sequence[Face]) -> None:
    """That there is one face, apart from passers-by. Raises InvalidFrame otherwise."""
    if not faces:
        raise InvalidFrame("The photo shows no face; an enrollment photo shows exactly one.")
    count = sum(_size(face)[0] >= BYSTANDER * _size(faces[0])[0] for face in faces)
    if count > 1:
        raise InvalidFrame(f"The photo shows {count} faces; an enrollment photo shows exactly one.")


def check_look(face: Face, crop: NDArray[np.uint8]) -> None:
    """That a face, with its (S, S, 3) uint8 RGB crop, is large, light and sharp enough. Raises InvalidFrame if not."""
    width, height = _size(face)
    if min(width, height) < LEAST_PX:
        raise InvalidFrame(
            f"The face is too small: {width:.0f} x {height:.0f} px; at least {LEAST_PX} x {LEAST_PX} are needed."
        )
    sharp, light = sharpness(crop), brightness(crop)
    if light < LEAST_LIGHT:
        raise InvalidFrame(f"The face is too dark: its light parts have {light:.0f} of 255; {LEAST_LIGHT} are needed.")
    if sharp < LEAST_SHARPNESS:
        raise InvalidFrame(f"The face is too blurred: sharpness {sharp:.3f}; {LEAST_SHARPNESS} is needed.")


def sharpness(crop: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian over that of the grey values: how much of the contrast is between neighbours."""
    grey = _grey(crop)
    middle = grey[1:-1, 1:-1]
    laplacian = 4 * middle - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(laplacian.var() / max(float(grey.var()), 1.0))


def brightness(crop: NDArray[np.uint8]) -> float:
    """The grey value that 1 in 20 pixels exceeds: what is lit, whatever the colour of the skin."""
    return float(np.percentile(_grey(crop), 95))


def _grey(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    scaled = Image.fromarray(crop).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(scaled, np.float32)


def _size(face: Face) -> tuple[float, float]:
    return face.box[2] - face.box[0], face.box[3] - face.box[1]


class Gate:
    """Compares a new face with everybody who is enrolled, and with those that were let in before it."""

    def __init__(self, gallery: Gallery) -> None:
        # A strict calibration keeps strangers out; whether two photos are of one person is asked more leniently.
        self._limit = max(gallery.threshold, recognizer(gallery.model).threshold)
        self._numbers = {name: number for number, name in enumerate(gallery.people)}
        self._known = len(gallery)  # of the arrays, so many rows count: they have room for more
        self._person, self._embeddings = gallery.person, gallery.embeddings

    def check(self, name: str, embedding: NDArray[np.float32]) -> None:
        """Raises InvalidFrame when the face is somebody else's who is enrolled, or unlike the person's other photos."""
        if not self._known:
            return
        distances = np.linalg.norm(self._embeddings[: self._known] - embedding, axis=1)
        own = self._person[: self._known] == self._numbers.get(name, -1)
        nearest = int(distances.argmin())
        if not own[nearest] and distances[nearest] <= self._limit:
            other = list(self._numbers)[self._person[nearest]]
            raise InvalidFrame(
                f"The same face is enrolled as {other}: {distances[nearest]:.2f} apart, and up to {self._limit:.2f} "
                "is taken for the same person."
            )
        if own.any() and (to_own := float(distances[own].min())) > self._limit:
            raise InvalidFrame(
                f"The face is too far from the other photos of {name}: {to_own:.2f} from the nearest, and up to "
                f"{self._limit:.2f} is taken for the same person. Some photo shows somebody else, or is a bad one."
            )

    def take(self, name: str, embedding: NDArray[np.float32]) -> None:
        """From now on this face is known."""
        if self._known == len(self._person):  # room for as many again: not every photo copies all before it
            more = max(self._known, 64)
            self._person = np.concatenate([self._person, np.zeros(more, np.int32)])
            self._embeddings = np.concatenate([self._embeddings, np.zeros((more, len(embedding)), np.float32)])
        self._person[self._known] = self._numbers.setdefault(name, len(self._numbers))
        self._embeddings[self._known] = embedding
        self._known += 1
