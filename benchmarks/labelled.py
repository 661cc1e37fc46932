"""Photos with the names of who is in them, as arrays: what the accuracy benchmarks start from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from src.pipeline.contracts import UNKNOWN_NAME
from src.pipeline.detector import Detector
from src.pipeline.embedder import Embedder
from src.pipeline.faces import FaceFinder
from src.pipeline.labels import read_labels
from src.pipeline.manifest import resolve_recognizer
from src.pipeline.settings import Settings

Change = Callable[[Image.Image], Image.Image]
AS_IT_IS = "as it is"
# What cameras do to faces, from mild to hard.
CHANGES: dict[str, Change | None] = {
    AS_IT_IS: None,
    "small": lambda picture: picture.resize((picture.width // 7, picture.height // 7), Image.Resampling.BOX),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(picture.height / 90)),
    "dark": lambda picture: ImageEnhance.Brightness(picture).enhance(0.16),
}


@dataclass(frozen=True)
class Photos:
    """The largest face of each photo that has one. missed: (person, split, photo) of those without any.

    person, change, split: (N,) str; photo: (N,) int, the row of labels.csv; embeddings: (N, D) float32.
    """

    model: str
    person: NDArray[np.str_]
    change: NDArray[np.str_]
    split: NDArray[np.str_]
    photo: NDArray[np.int64]
    embeddings: NDArray[np.float32]
    missed: tuple[tuple[str, str, str], ...]


def embed(labels: Path, settings: Settings, changes: Iterable[str]) -> Photos:
    """Each photo of labels.csv (beside it), in each of the changes."""
    model = resolve_recognizer(settings)
    finder, embedder = FaceFinder(settings, Detector.load(settings), model), Embedder.load(settings, model)
    rows, embeddings, missed = [], [], []
    for number, label in enumerate(read_labels(labels)):
        person = label.person or UNKNOWN_NAME
        for change in changes:
            found = finder.find(_changed(label.photo, CHANGES[change]))
            if len(found.faces):
                rows.append((person, change, label.split, number))
                embeddings.append(embedder.embed(found.crops[:1])[0])
            else:
                missed.append((person, label.split, f"{label.photo.name}, {change}"))
    person, change, split, photo = map(np.array, zip(*rows, strict=True))
    return Photos(model, person, change, split, photo, np.stack(embeddings), tuple(missed))


def _changed(path: Path, change: Change | None) -> bytes:
    if change is None:
        return path.read_bytes()
    with Image.open(path) as picture:
        data = BytesIO()
        change(picture.convert("RGB")).save(data, "JPEG", quality=90)
    return data.getvalue()
