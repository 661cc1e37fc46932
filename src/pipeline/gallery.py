"""Who can be recognised: the enrolled people's embeddings, and the nearest of them to a face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from src.pipeline.calibration import Calibration
from src.pipeline.errors import GalleryError
from src.pipeline.gallery_file import read_arrays, write_arrays
from src.pipeline.models import recognizer

FORMAT = 2
AT_ONCE = 64  # faces: bounds the memory of one matrix product


@dataclass(frozen=True)
class Match:
    """The nearest enrolled person. name is None when that one is farther than the threshold, when the second person
    is nearly as near (less than the margin farther), or nobody is enrolled.

    distance, runner_up: Euclidean, to the nearest embedding of the first and of the second person; None when there
    is no such person.
    """

    name: str | None
    distance: float | None
    runner_up: float | None = None


@dataclass(frozen=True)
class Gallery:
    """Embeddings of enrolled people, all of one model. A person is as far as the nearest of their embeddings: of the
    ways to use several photos, this one measured best (benchmarks/several_photos.py).

    model: id of the recognizer that made them.
    people: the names, each once.
    person: (M,) int32, index into people of each embedding.
    embeddings: (M, D) float32.
    calibration: threshold and margin for these people; None takes the model's threshold, and no margin.

    Raises GalleryError when the fields do not fit each other or the model.
    """

    model: str
    people: tuple[str, ...]
    person: NDArray[np.int32]
    embeddings: NDArray[np.float32]
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        wanted = (len(self.person), recognizer(self.model).dim)
        if self.embeddings.shape != wanted or self.embeddings.dtype != np.float32:
            raise GalleryError(
                f"The gallery's embeddings are {self.embeddings.dtype} {self.embeddings.shape}; "
                f"{self.model} needs float32 {wanted}."
            )
        if len(self.person) and not 0 <= int(self.person.min()) <= int(self.person.max()) < len(self.people):
            raise GalleryError("The gallery's embeddings belong to people it does not list.")
        if not np.isfinite(self._squares).all():  # also reads them in and leaves the first face nothing to wait for
            raise GalleryError("The gallery's embeddings are not all finite numbers.")

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def empty(cls, model: str) -> Gallery:
        """Nobody enrolled: every face is unknown."""
        return cls(model, (), np.zeros(0, np.int32), np.zeros((0, recognizer(model).dim), np.float32))

    @property
    def threshold(self) -> float:
        """Euclidean distance above which nobody is named."""
        return self.calibration.threshold if self.calibration else recognizer(self.model).threshold

    @property
    def margin(self) -> float:
        """How much farther than the first person the second must be, at least."""
        return self.calibration.margin if self.calibration else 0.0

    def match(
        self, embeddings: NDArray[np.float32], threshold: float | None = None, margin: float | None = None
    ) -> list[Match]:
        """The nearest enrolled person to each of (N, D) float32 embeddings: exact, by one matrix product.

        threshold, margin: Euclidean distances; None takes the gallery's own.
        """
        if not len(self):
            return [Match(None, None)] * len(embeddings)
        limit = self.threshold if threshold is None else threshold
        apart = self.margin if margin is None else margin
        return [
            self._decide(face, row, limit, apart)
            for at in range(0, len(embeddings), AT_ONCE)
            for face, row in zip(
                embeddings[at : at + AT_ONCE], self._ranks(embeddings[at : at + AT_ONCE]), strict=True
            )
        ]  # fmt: skip

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        """(M,) squared lengths."""
        with np.errstate(over="ignore", invalid="ignore"):
            squares: NDArray[np.float32] = np.einsum("md,md->m", self.embeddings, self.embeddings)
        return squares

    def _ranks(self, faces: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, M): squared distances, less each face's own squared length."""
        ranks: NDArray[np.float32] = faces @ self.embeddings.T
        ranks *= -2
        ranks += self._squares
        return ranks

    def _decide(self, face: NDArray[np.float32], ranks: NDArray[np.float32], limit: float, apart: float) -> Match:
        """ranks: (M,), written over."""
        first = int(ranks.argmin())
        ranks[self.person == self.person[first]] = np.inf
        second = int(ranks.argmin())
        # The product cancels digits of near-equal embeddings; the distances of the two that count are taken exactly.
        distance = float(np.linalg.norm(face - self.embeddings[first]))
        runner_up = None if np.isinf(ranks[second]) else float(np.linalg.norm(face - self.embeddings[second]))
        clear = runner_up is None or runner_up - distance >= apart
        name = self.people[self.person[first]] if distance <= limit and clear else None
        return Match(name, distance, runner_up)

    def to_bytes(self) -> bytes:
        """A NumPy archive without pickle, the embeddings first: their place in it is then one that memory can map."""
        arrays = {
            "embeddings": self.embeddings,
            "person": self.person,
            "format": np.array(FORMAT, np.int32),
            "model": np.array(self.model),
            "people": np.array(self.people, dtype=np.str_) if self.people else np.zeros(0, "<U1"),
            "calibration": np.array(self.calibration.to_json() if self.calibration else ""),
        }
        return write_arrays(arrays)

    @classmethod
    def open(cls, path: Path, *, model: str) -> Gallery:
        """A gallery file, its embeddings mapped and not read in. Raises GalleryError as ``from_bytes`` does."""
        try:
            with path.open("rb") as file:
                data = mmap(file.fileno(), 0, access=ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: the file is empty
            raise GalleryError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
        return cls.from_bytes(data, model=model, source=str(path))

    @classmethod
    def from_bytes(cls, data: bytes | mmap, *, model: str, source: str) -> Gallery:
        """Read ``to_bytes``. source names the file in errors. The embeddings are views of a map that is given; bytes
        are copied to one first, where they lie on the 64-byte boundary that makes the matrix product 1.6 times as fast.

        Raises GalleryError when the file is cut short, of another format, or of another model than ``model``.
        """
        try:
            fields = read_arrays(data if isinstance(data, mmap) else _aligned(data))
            found, version = str(fields["model"]), int(fields["format"])
            if version == FORMAT:
                people = tuple(map(str, fields["people"].tolist()))
                calibration = Calibration.from_json(str(fields["calibration"]))
                person = fields["person"].astype(np.int32, copy=False)
                embeddings = fields["embeddings"].astype(np.float32, copy=False)
        except Exception as error:  # the readers of zip and NumPy files raise whatever a damaged file leads them to
            raise GalleryError(f"{source} is not a gallery, or is cut short: {error}. Enroll again.") from None
        if version != FORMAT:
            raise GalleryError(f"{source} has gallery format {version}; this version reads {FORMAT}. Enroll again.")
        if found != model:
            raise GalleryError(
                f"{source} was enrolled with {found}, but {model} is in use. Enroll again with {model}, or use {found}."
            )
        return cls(found, people, person, embeddings, calibration)


def _aligned(data: bytes) -> mmap:
    memory = mmap(-1, len(data))
    memory.write(data)
    return memory
