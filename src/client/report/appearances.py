"""When each person was there: from frame to frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from src.client.report.source import Shot


@dataclass(frozen=True)
class Appearance:
    """Frames first..last by index, how many of them show the person, and the one that does best."""

    first: int
    last: int
    frames: int
    best: int


def grouped(shots: Sequence[Shot]) -> dict[str, list[Appearance]]:
    """By name, in the order in which they were first seen: runs of frames without one between that lacks the face."""
    seen: dict[str, dict[int, float]] = {}
    for number, shot in enumerate(shots):
        for face in shot.faces:
            distance = 9.0 if face.distance is None else face.distance
            of_frame = seen.setdefault(face.name, {})
            of_frame[number] = min(distance, of_frame.get(number, distance))
    return {name: list(_runs(numbers)) for name, numbers in seen.items()}


def _runs(distances: Mapping[int, float]) -> Iterable[Appearance]:
    run: list[int] = []
    for number in distances:
        if run and number != run[-1] + 1:
            yield _appearance(run, distances)
            run = []
        run.append(number)
    if run:
        yield _appearance(run, distances)


def _appearance(run: list[int], distances: Mapping[int, float]) -> Appearance:
    return Appearance(run[0], run[-1], len(run), min(run, key=lambda number: distances[number]))
