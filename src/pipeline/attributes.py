"""The attributes of people that a running function adds to its results."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from src.pipeline.contracts import UNKNOWN_NAME, FaceResult, dumps
from src.pipeline.stores import PeopleTable

# Of all faces of a frame together, as JSON in ASCII, which is never shorter than what DynamoDB counts. Its items have
# 400 KB at most; the rest is for 256 faces with names as long as they may be.
LARGEST_BYTES = 160 * 1024
NOTE = (
    f"Attributes of some faces are left out: those of all faces of a frame may be {LARGEST_BYTES // 1024} KiB together."
)


def left_out(attributes: Sequence[Mapping[str, str] | None]) -> set[int]:
    """Which faces' attributes a frame's record and message have no room for; the largest faces come first."""
    used, without = 0, set()
    for number, known in enumerate(attributes):
        size = len(dumps(known)) if known else 0
        if used + size > LARGEST_BYTES:
            without.add(number)
        else:
            used += size
    return without


def bounded(faces: tuple[FaceResult, ...]) -> tuple[tuple[FaceResult, ...], str | None]:
    """The faces, without the attributes that there is no room for, and the note that says so, if there are any."""
    without = left_out([face.attributes for face in faces])
    kept = tuple(replace(face, attributes=None) if number in without else face for number, face in enumerate(faces))
    return kept, NOTE if without else None


class ServingAttributes:
    """Asks at most every check_s seconds whether they changed, and for each person once until they did."""

    def __init__(self, table: PeopleTable, *, check_s: float) -> None:
        self._table = table
        self._check_s = check_s
        self._checked = float("-inf")
        self._changed_at: str | None = None
        self._known: dict[str, Mapping[str, str] | None] = {}

    def added(self, faces: tuple[FaceResult, ...]) -> tuple[FaceResult, ...]:
        """The faces, those of people with attributes with them. Raises StorageUnavailable."""
        if all(face.name == UNKNOWN_NAME for face in faces) or not self._are_any():
            return faces
        return tuple(replace(face, attributes=self._of(face.name)) for face in faces)

    def _are_any(self) -> bool:
        if time.monotonic() - self._checked >= self._check_s:
            changed_at = self._table.changed_at()
            if changed_at != self._changed_at:
                self._known.clear()
            self._changed_at, self._checked = changed_at, time.monotonic()
        return self._changed_at is not None

    def _of(self, name: str) -> Mapping[str, str] | None:
        if name == UNKNOWN_NAME:
            return None
        if name not in self._known:
            self._known[name] = self._table.info(name)
        return self._known[name]
