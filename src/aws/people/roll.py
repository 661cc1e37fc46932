"""The roll: who is enrolled, and from what. One entry for each embedding of the gallery."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import GalleryError
from src.pipeline.gallery import Gallery


@dataclass(frozen=True)
class Entry:
    """One enrolled face.

    id: SHA-256 of the photo's bytes, or of ``<request id>#<face>``; its thumbnail is called so too.
    source: the photo's path below its folder, ``request <id> face <n>`` or ``stranger-<n>``.
    request_id: the frame it was learned from, where it was.
    added_at: ISO 8601, UTC.
    """

    person: str
    id: str
    source: str
    added_at: str
    request_id: str | None = None


@dataclass(frozen=True)
class Roll:
    """A gallery and the entry of each of its embeddings. Raises GalleryError when they do not fit."""

    gallery: Gallery
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        people = [self.gallery.people[index] for index in self.gallery.person]
        if people != [entry.person for entry in self.entries]:
            raise GalleryError("The gallery and the list of what it was enrolled from are not of one version.")

    @classmethod
    def empty(cls, model: str) -> Roll:
        return cls(Gallery.empty(model), ())

    @classmethod
    def of(cls, gallery: Gallery) -> Roll:
        """A gallery of which nobody wrote down what it was enrolled from."""
        return cls(gallery, tuple(Entry(gallery.people[index], "", "", "") for index in gallery.person))

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def people(self) -> tuple[str, ...]:
        """Who has at least one face, in order of name."""
        return tuple(sorted({entry.person for entry in self.entries}))

    def embeddings_of(self, wanted: Callable[[Entry], bool]) -> NDArray[np.float32]:
        """(K, D) float32 of the entries that are wanted."""
        return self.gallery.embeddings[self._rows(wanted)].astype(np.float32)

    def keep(self, wanted: Callable[[Entry], bool]) -> Roll:
        """Only the entries that are wanted."""
        rows = self._rows(wanted)
        return self._with([self.entries[row] for row in rows], self.gallery.embeddings[rows])

    def add(self, entries: Sequence[Entry], embeddings: NDArray[np.float32]) -> Roll:
        """With more faces: (K, D) float32, one row for each entry. What is there already is not added again."""
        there = {(entry.person, entry.id) for entry in self.entries}
        rows = [row for row, entry in enumerate(entries) if (entry.person, entry.id) not in there]
        stacked = np.concatenate([self.gallery.embeddings, embeddings[rows].astype(self.gallery.embeddings.dtype)])
        return self._with([*self.entries, *(entries[row] for row in rows)], stacked)

    def rename(self, old: str, new: str) -> Roll:
        """Every face of one person under another name; a face that both have is kept once."""
        theirs = {entry.id for entry in self.entries if entry.person == new} - {""}
        kept = self.keep(lambda entry: entry.person != old or entry.id not in theirs)
        entries = [replace(entry, person=new) if entry.person == old else entry for entry in kept.entries]
        return kept._with(entries, kept.gallery.embeddings)

    def _rows(self, wanted: Callable[[Entry], bool]) -> list[int]:
        return [row for row, entry in enumerate(self.entries) if wanted(entry)]

    def _with(self, entries: Iterable[Entry], embeddings: NDArray[Any]) -> Roll:
        listed = tuple(entries)
        people = tuple(dict.fromkeys(entry.person for entry in listed))
        index = {name: number for number, name in enumerate(people)}
        person = np.array([index[entry.person] for entry in listed], np.int32)
        return Roll(replace(self.gallery, people=people, person=person, embeddings=embeddings), listed)


def entries_to_json(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    return [{name: value for name, value in asdict(entry).items() if value is not None} for entry in entries]


def entries_from_json(values: Any, source: str) -> tuple[Entry, ...]:
    """Read ``entries_to_json``. Raises GalleryError when they are anything else."""
    known = {spec.name for spec in fields(Entry)}
    try:
        return tuple(Entry(**{name: value for name, value in entry.items() if name in known}) for entry in values)
    except (TypeError, AttributeError) as error:
        raise GalleryError(f"{source} does not list what the gallery was enrolled from: {error}.") from None


def parsed(data: bytes, source: str) -> dict[str, Any]:
    """A JSON object. Raises GalleryError when it is not one."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise GalleryError(f"{source} cannot be read: {error}.") from None
    if not isinstance(value, dict):
        raise GalleryError(f"{source} is not an object.")
    return value
