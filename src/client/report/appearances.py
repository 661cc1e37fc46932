"""When each person was there: what appearances.json says of a video, else from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from src.client.report.source import Shot, ShownRun
from src.pipeline.errors import UsageError


@dataclass(frozen=True)
class Appearance:
    """From start to end on the timeline, how many frames show it, the index of the one that does best."""

    start: float
    end: float
    frames: int
    best: int
    confidence: float | None = None


@dataclass(frozen=True)
class Person:
    """frames: by index, each with the distance 0..4 of the nearest face (9 where nobody is enrolled)."""

    frames: Mapping[int, float]
    appearances: tuple[Appearance, ...]

    @property
    def best(self) -> int:
        return min(self.frames, key=lambda number: self.frames[number])


@dataclass(frozen=True)
class Timeline:
    """Everybody by name. unit: ``frame`` or ``second``; length: where the timeline ends, in that unit."""

    unit: str
    length: float
    people: Mapping[str, Person]


def timeline_of(run: ShownRun) -> Timeline:
    """Raises UsageError when appearances.json is there but not of the agreed form."""
    seen = _seen(run.shots)
    if run.appearances is None:
        people = {name: Person(frames, tuple(_runs(frames))) for name, frames in seen.items()}
        return Timeline("frame", float(len(run.shots)), people)
    try:
        told = _told(run.appearances, run.shots)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageError(f"appearances.json is not of the agreed form: {type(error).__name__}: {error}.") from None
    people = {name: Person(frames, tuple(told.get(name, ()))) for name, frames in seen.items()}
    ends = [appearance.end for person in people.values() for appearance in person.appearances]
    # Nobody may be in the last frames: the recording is at least as long as its frames are many.
    return Timeline("second", max([*ends, len(run.shots) * float(run.appearances["every_s"]), 0.001]), people)


def _seen(shots: Sequence[Shot]) -> dict[str, dict[int, float]]:
    seen: dict[str, dict[int, float]] = {}
    for number, shot in enumerate(shots):
        for face in shot.faces:
            distance = 9.0 if face.distance is None else face.distance
            of_frame = seen.setdefault(face.name, {})
            of_frame[number] = min(distance, of_frame.get(number, distance))
    return seen


def _runs(distances: Mapping[int, float]) -> Iterator[Appearance]:
    run: list[int] = []
    for number in distances:
        if run and number != run[-1] + 1:
            yield _appearance(run, distances)
            run = []
        run.append(number)
    if run:
        yield _appearance(run, distances)


def _appearance(run: list[int], distances: Mapping[int, float]) -> Appearance:
    return Appearance(run[0], run[-1] + 1, len(run), min(run, key=lambda number: distances[number]))


def _told(told: Mapping[str, Any], shots: Sequence[Shot]) -> dict[str, list[Appearance]]:
    numbers = {shot.request_id: number for number, shot in enumerate(shots)}
    every = _finite(told["every_s"])
    by_name: dict[str, list[Appearance]] = {}
    for one in told["appearances"]:
        best = numbers.get(one["best"]["request_id"])
        if best is not None:  # each frame is seen until the next one
            start, end = _finite(one["from_s"]), _finite(one["to_s"]) + every
            made = Appearance(start, end, int(one["frames"]), best, _finite(one["confidence"]))
            by_name.setdefault(str(one["person"]), []).append(made)
    return by_name


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number of seconds")
    return number
