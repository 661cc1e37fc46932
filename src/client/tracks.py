"""Who was seen from when to when: the faces of consecutive frames, put together. Pure functions on records.

1. A face that is where a face was a moment before belongs to the same chain.
2. Within a chain a single frame that says otherwise than the frames on both its sides is outvoted by them. A
   name that stays is a new person in the same place (a cut), never a mistake.
3. Stretches of one person with little time between them are one appearance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from src.client.sightings import Sighting, near, overlap, sightings_in, size
from src.pipeline.contracts import UNKNOWN_NAME

PATIENCE_S = 2.0  # a person who is away for longer appears anew
MISSED_FRAMES = 1  # in which a face may not have been found, and is still the same one
STRANGER_VOTES = 4  # frames without a name that it takes to outvote one with a name


@dataclass(frozen=True)
class Appearance:
    """One person, seen without a long break. confidence: share of the frames that say so, weighted by score."""

    person: str
    sightings: tuple[Sighting, ...]

    @property
    def from_s(self) -> float:
        return self.sightings[0].time_s

    @property
    def to_s(self) -> float:
        return max(sighting.until_s for sighting in self.sightings)

    @property
    def best(self) -> Sighting:
        """The frame that says it most surely: the smallest distance, or a stranger's largest face."""
        agreeing = [s for s in self.sightings if s.said == self.person]
        if self.person == UNKNOWN_NAME:
            return max(agreeing, key=lambda s: size(s.box) * s.score)
        return min(agreeing, key=lambda s: math.inf if s.distance is None else s.distance)

    def to_json(self) -> dict[str, Any]:
        best = self.best
        sure = math.fsum(s.score for s in self.sightings if s.said == self.person)
        others = [s for s in self.sightings if s.said != self.person]
        return {
            "person": self.person,
            "from_s": round(self.from_s, 3),
            "to_s": round(self.to_s, 3),
            "frames": len({s.number for s in self.sightings}),
            "confidence": round(sure / len(self.sightings), 4),
            "best": {"filename": best.filename, "request_id": best.request_id, "time_s": best.time_s,
                     "distance": best.distance, "box": list(best.box)},
            "corrected": [{"filename": s.filename, "request_id": s.request_id, "time_s": s.time_s, "said": s.said}
                          for s in others],
        }  # fmt: skip


def appearances_in(records: Iterable[Mapping[str, Any]], every_s: float, *, stills: bool = False) -> list[Appearance]:
    """All appearances in the order of time. records: of one video, in that order; those of other files are left out.

    every_s: between two frames. stills: frames that showed nothing new were not sent, so that each is seen until the
    next one.
    """
    patience = math.inf if stills else max(PATIENCE_S, 2.5 * every_s)
    found = [part for chain in chains(sightings_in(records, stills), patience) for part in stretches(chain)]
    return sorted(_joined(found, max(PATIENCE_S, 2.5 * every_s)), key=lambda a: (a.from_s, a.person))


def chains(frames: Iterable[list[Sighting]], patience_s: float) -> Iterator[list[Sighting]]:
    """Sightings of what is in all likelihood one face, by place alone. The closest pairs are put together first."""
    open_: list[list[Sighting]] = []
    for number, faces in enumerate(frames):
        ended = [c for c in open_ if c[-1].number < number - 1 - MISSED_FRAMES]
        yield from ended
        open_ = [c for c in open_ if c not in ended]
        pairs = sorted(
            ((overlap(c[-1].box, face.box) + 0.001 * (c[-1].said == face.said), i, j)
             for i, c in enumerate(open_) for j, face in enumerate(faces)
             if near(c[-1].box, face.box) and face.time_s - c[-1].time_s <= patience_s),
            reverse=True,
        )  # fmt: skip
        taken_chains, taken_faces = set(), set()
        for _, i, j in pairs:
            if i not in taken_chains and j not in taken_faces:
                open_[i].append(faces[j])
                taken_chains.add(i)
                taken_faces.add(j)
        open_ += [[face] for j, face in enumerate(faces) if j not in taken_faces]
    yield from open_


def stretches(chain: list[Sighting]) -> list[Appearance]:
    """A chain cut where its person changes, after single frames are outvoted by those on both sides."""
    runs = [(name, len(list(group))) for name, group in groupby(chain, key=lambda s: s.said)]
    names: list[str] = []
    for index, (name, length) in enumerate(runs):
        before = names[-1] if names else None
        if length == 1 and 0 < index < len(runs) - 1 and before == runs[index + 1][0]:
            votes = sum(1 for said in reversed(names) if said == before) + runs[index + 1][1]
            if before != UNKNOWN_NAME or votes >= STRANGER_VOTES:
                name = before
        names += [name] * length
    parts = groupby(zip(names, chain, strict=True), key=lambda pair: pair[0])
    return [Appearance(name, tuple(sighting for _, sighting in group)) for name, group in parts]


def _joined(parts: list[Appearance], patience_s: float) -> Iterator[Appearance]:
    """Stretches of one known person with little time between them become one."""
    for person, group in groupby(sorted(parts, key=lambda a: (a.person, a.from_s)), key=lambda a: a.person):
        current: Appearance | None = None
        for part in group:
            if current is not None and person != UNKNOWN_NAME and part.from_s - current.to_s <= patience_s:
                both = sorted((*current.sightings, *part.sightings), key=lambda s: s.number)
                current = replace(current, sightings=tuple(both))
                continue
            if current is not None:
                yield current
            current = part
        if current is not None:
            yield current
