"""Photos of people to a gallery: the same detection, crops and embedding as for frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import InvalidFrame, UsageError
from src.pipeline.faces import FaceFinder
from src.pipeline.gallery import Gallery
from src.pipeline.person_names import person_name
from src.pipeline.quality import Gate, check_photo

if TYPE_CHECKING:
    from src.pipeline.embedder import Embedder

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True)
class Refusal:
    """A photo that was not enrolled, and why."""

    photo: Path
    why: str


@dataclass(frozen=True)
class Enrollment:
    """A gallery made from a folder, and the photos that were left out of it."""

    gallery: Gallery
    refusals: tuple[Refusal, ...]


def photos_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """(person, photo) for ``<folder>/<person>/*``, in name order. Raises UsageError when the folder cannot be read."""
    if not folder.is_dir():
        raise UsageError(f"The gallery folder {folder} does not exist.")
    for person in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        name = person_name(person.name, f"{folder}:")
        for photo in sorted(person.iterdir()):
            if photo.suffix.lower() in PHOTO_SUFFIXES and not photo.name.startswith("."):
                yield name, photo


def enroll_folder(
    folder: Path, finder: FaceFinder, embedder: Embedder, on_photo: Callable[[Path], None] = lambda _: None
) -> Enrollment:
    """Enroll ``<folder>/<person>/*``. A photo that is not good enough is refused; the others go on.

    on_photo: called after each photo, for progress. Raises UsageError when the folder cannot be read.
    """
    people: list[str] = []
    person_of: list[int] = []
    embeddings: list[NDArray[np.float32]] = []
    refusals: list[Refusal] = []
    model = embedder.model.id
    gate = Gate(Gallery.empty(model))
    for person, photo in photos_in(folder):
        try:
            embedding = embed_photo(photo, finder, embedder)
            gate.check(person, embedding)
        except InvalidFrame as error:
            refusals.append(Refusal(photo, str(error)))
        else:
            if person not in people:
                people.append(person)
            person_of.append(people.index(person))
            embeddings.append(embedding)
            gate.take(person, embedding)
        on_photo(photo)
    if not embeddings:
        return Enrollment(Gallery.empty(model), tuple(refusals))
    gallery = Gallery(model, tuple(people), np.array(person_of, np.int32), np.stack(embeddings).astype(np.float32))
    return Enrollment(gallery, tuple(refusals))


def embed_photo(photo: Path, finder: FaceFinder, embedder: Embedder) -> NDArray[np.float32]:
    """(D,) float32 embedding of the one face in a photo. Raises InvalidFrame when it is not good enough."""
    try:
        found = finder.find(photo.read_bytes())
    except OSError as error:
        raise InvalidFrame(f"The photo cannot be read: {error.strerror or error}.") from None
    check_photo(found.faces, found.crops)
    embedding: NDArray[np.float32] = embedder.embed(found.crops[:1])[0]
    return embedding
