"""Who can be recognised: the enrolled people's embeddings, and the nearest of them to a face."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import GalleryError
from src.pipeline.models import recognizer

FORMAT = 1


@dataclass(frozen=True)
class Match:
    """The nearest enrolled person. name is None when that one is farther than the threshold, or nobody is enrolled.

    distance: Euclidean, to the nearest embedding; None when nobody is enrolled.
    """

    name: str | None
    distance: float | None


@dataclass(frozen=True)
class Gallery:
    """Embeddings of enrolled people, all of one model.

    model: id of the recognizer that made them.
    people: the names, each once.
    person: (M,) int32, index into people of each embedding.
    embeddings: (M, D) float32.
    threshold: Euclidean distance above which nobody is named; None takes the model's.

    Raises GalleryError when the fields do not fit each other or the model.
    """

    model: str
    people: tuple[str, ...]
    person: NDArray[np.int32]
    embeddings: NDArray[np.float32]
    threshold: float | None = None

    def __post_init__(self) -> None:
        wanted = (len(self.person), recognizer(self.model).dim)
        if self.embeddings.shape != wanted or self.embeddings.dtype != np.float32:
            raise GalleryError(
                f"The gallery's embeddings are {self.embeddings.dtype} {self.embeddings.shape}; "
                f"{self.model} needs float32 {wanted}."
            )
        if len(self.person) and not 0 <= int(self.person.min()) <= int(self.person.max()) < len(self.people):
            raise GalleryError("The gallery's embeddings belong to people it does not list.")
        if not np.isfinite(self.embeddings).all():
            raise GalleryError("The gallery's embeddings are not all finite numbers.")

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def empty(cls, model: str) -> Gallery:
        """Nobody enrolled: every face is unknown."""
        return cls(model, (), np.zeros(0, np.int32), np.zeros((0, recognizer(model).dim), np.float32))

    def match(self, embeddings: NDArray[np.float32], threshold: float | None = None) -> list[Match]:
        """The nearest enrolled person to each of (N, D) float32 embeddings, by one matrix product.

        threshold: Euclidean distance; None takes the gallery's own, else the model's.
        """
        if not len(self) or not len(embeddings):
            return [Match(None, None)] * len(embeddings)
        limit = next(t for t in (threshold, self.threshold, recognizer(self.model).threshold) if t is not None)
        squares = (
            np.einsum("nd,nd->n", embeddings, embeddings)[:, None]
            - 2 * embeddings @ self.embeddings.T
            + np.einsum("md,md->m", self.embeddings, self.embeddings)[None, :]
        )
        nearest = squares.argmin(axis=1)
        # The product above cancels digits for near-equal embeddings; the winner's distance is taken exactly.
        distances = np.linalg.norm(embeddings - self.embeddings[nearest], axis=1)
        return [
            Match(self.people[self.person[index]] if distance <= limit else None, float(distance))
            for index, distance in zip(nearest, distances, strict=True)
        ]

    def to_bytes(self) -> bytes:
        """A NumPy archive without pickle."""
        file = io.BytesIO()
        np.savez(
            file,
            format=np.int32(FORMAT),
            model=np.str_(self.model),
            people=np.array(self.people, dtype=np.str_) if self.people else np.zeros(0, "<U1"),
            person=self.person,
            embeddings=self.embeddings,
            threshold=np.float64(np.nan if self.threshold is None else self.threshold),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, *, model: str, source: str) -> Gallery:
        """Read ``to_bytes``. source names the file in errors.

        Raises GalleryError when the file is cut short, of another format, or of another model than ``model``.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                fields = {name: archive[name] for name in archive.files}
            found, version = str(fields["model"]), int(fields["format"])
            people = tuple(str(name) for name in fields["people"])
            threshold = float(fields["threshold"])
            person, embeddings = fields["person"].astype(np.int32), fields["embeddings"].astype(np.float32)
        except Exception as error:  # the readers of zip and NumPy files raise whatever a damaged file leads them to
            raise GalleryError(f"{source} is not a gallery, or is cut short: {error}. Enroll again.") from None
        if version != FORMAT:
            raise GalleryError(f"{source} has gallery format {version}; this version reads {FORMAT}. Enroll again.")
        if found != model:
            raise GalleryError(
                f"{source} was enrolled with {found}, but {model} is in use. Enroll again with {model}, or use {found}."
            )
        return cls(found, people, person, embeddings, None if np.isnan(threshold) else threshold)
