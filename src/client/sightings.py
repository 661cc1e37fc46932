"""Faces in the frames of a video, with their times, and which of them are in the same place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from src.client.video.names import time_in

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sighting:
    """A face in a frame. said: its name in the answer, or a stranger's anonymous id where it has one.

    until_s: when the next picture is seen, if it stands still.
    """

    number: int
    time_s: float
    until_s: float
    request_id: str
    filename: str
    said: str
    distance: float | None
    box: Box
    score: float


def sightings_in(records: Iterable[Mapping[str, Any]], stills: bool) -> Iterator[list[Sighting]]:
    """The faces of each frame. A frame without an answer is a frame without faces."""
    timed = ((time_s, record) for record in records if (time_s := time_in(record["filename"])) is not None)
    last: tuple[float, Mapping[str, Any]] | None = None
    number = 0
    for pair in timed:
        if last is not None:
            yield _faces(number, last[1], last[0], pair[0] if stills else last[0])
            number += 1
        last = pair
    if last is not None:
        yield _faces(number, last[1], last[0], last[0])


def _faces(number: int, record: Mapping[str, Any], time_s: float, until_s: float) -> list[Sighting]:
    return [
        Sighting(number, time_s, until_s, record["request_id"], record["filename"],
                 face.get("stranger") or face["name"], face["distance"], tuple(face["box"]), face["score"])
        for face in record.get("faces", [])
    ]  # fmt: skip


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (size(a) + size(b) - shared) if shared else 0.0


def near(a: Box, b: Box) -> bool:
    """A quarter of both shared, or no farther than half a face and of like size: half a second is a long time."""
    if overlap(a, b) >= 0.25:
        return True
    side_a, side_b = math.sqrt(size(a)), math.sqrt(size(b))
    away = math.dist(((a[0] + a[2]) / 2, (a[1] + a[3]) / 2), ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2))
    return away < min(side_a, side_b) / 2 and max(side_a, side_b) < 2 * min(side_a, side_b)


def size(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
