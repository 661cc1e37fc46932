"""Who is named rightly, wrongly or not at all, on labelled photos.

``python -m benchmarks.accuracy --labels labels.csv [--leave-out] [--worse] --json FILE``. labels.csv (filename, person,
split): photos of the split ``enrol`` are enrolled and calibrated on; those of ``test`` are looked up, by their largest
face; people without enrolled photos, and ``unknown``, are strangers. --leave-out: half of the people are kept out of
the gallery and are strangers too, every half in turn, so that strangers are many. --worse: test photos also made small,
blurred and dark. Exit code 1 when a stranger got a name.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.labelled import AS_IT_IS, CHANGES, Photos, embed
from src.pipeline.calibrate import calibrate
from src.pipeline.comparisons import compare
from src.pipeline.contracts import UNKNOWN_NAME
from src.pipeline.gallery import Gallery
from src.pipeline.models import recognizer
from src.pipeline.settings import Settings

ROTATIONS = 500  # at most; of more halves so many are drawn
HIT, LOST, MISTAKEN, STRANGER_NAMED, STRANGER_UNKNOWN, NO_FACE = (
    "identified", "false rejects", "misidentified", "false accepts", "strangers unknown", "no face found",
)  # fmt: skip


def gallery_of(photos: Photos, people: Collection[str], far: float) -> Gallery:
    """The enrolled photos of some people, calibrated on themselves."""
    rows = (photos.split == "enrol") & (photos.change == AS_IT_IS) & np.isin(photos.person, list(people))
    names, person = np.unique(photos.person[rows], return_inverse=True)
    gallery = Gallery(photos.model, tuple(map(str, names)), person.astype(np.int32), photos.embeddings[rows])
    found = compare(gallery.embeddings, gallery.person)
    return replace(gallery, calibration=calibrate(found, recognizer(photos.model), far))


def look_up(photos: Photos, gallery: Gallery, tally: dict[str, Counter[str]], near: list[float]) -> None:
    """Count what becomes of every test photo. near: distances of strangers to whom they are most like."""
    rows = np.flatnonzero(photos.split == "test")
    for person, match in zip(photos.person[rows], gallery.match(photos.embeddings[rows]), strict=True):
        if person in gallery.people:
            end = LOST if match.name is None else HIT if match.name == person else MISTAKEN
        else:
            end = STRANGER_UNKNOWN if match.name is None else STRANGER_NAMED
            near.append(float(match.distance or 0))
        tally.setdefault(str(person), Counter())[end] += 1
    for person in (person for person, split, _ in photos.missed if split == "test"):
        tally.setdefault(person, Counter())[NO_FACE] += 1


def measure(photos: Photos, galleries: list[Gallery]) -> dict[str, Any]:
    tally: dict[str, Counter[str]] = {}
    near: list[float] = []
    for gallery in galleries:
        look_up(photos, gallery, tally, near)
    total = sum(tally.values(), Counter())
    known, strangers = total[HIT] + total[LOST] + total[MISTAKEN], total[STRANGER_NAMED] + total[STRANGER_UNKNOWN]
    set_ = [gallery.calibration for gallery in galleries if gallery.calibration]
    return {
        "galleries": len(galleries),
        "people_in_each": len(galleries[0].people),
        "threshold": sorted({round(one.threshold, 4) for one in set_}),
        "margin": [round(min(one.margin for one in set_), 4), round(max(one.margin for one in set_), 4)],
        "basis": dict(Counter(one.basis for one in set_)),
        "lookups_of_enrolled": known,
        "identification_rate": total[HIT] / known if known else None,
        "lookups_of_strangers": strangers,
        "false_accept_rate": total[STRANGER_NAMED] / strangers if strangers else None,
        "nearest_stranger": round(min(near), 4) if near else None,
        **{end: total[end] for end in (HIT, LOST, MISTAKEN, STRANGER_NAMED, STRANGER_UNKNOWN, NO_FACE)},
        "per_person": {person: dict(sorted(ends.items())) for person, ends in sorted(tally.items())},
    }


def halves(people: list[str]) -> list[tuple[str, ...]]:
    """Every half that can stay enrolled; where they are too many, a fixed choice."""
    size = max(1, len(people) // 2)
    every = []
    for half in combinations(people, size):
        every.append(half)
        if len(every) > ROTATIONS:
            random = np.random.default_rng(0)
            return [tuple(random.choice(people, size, replace=False)) for _ in range(ROTATIONS)]
    return every


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--recognizer", default="auto")
    parser.add_argument("--far", type=float, default=0.001)
    parser.add_argument("--leave-out", action="store_true", help="also with half of the people as strangers")
    parser.add_argument("--worse", action="store_true", help="also test photos made small, blurred and dark")
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    photos = embed(args.labels, Settings.load(recognizer=args.recognizer), CHANGES if args.worse else [AS_IT_IS])
    people = sorted({str(name) for name in photos.person[photos.split == "enrol"]} - {UNKNOWN_NAME})
    cases = {"everybody enrolled": [people]}
    if args.leave_out:
        cases["half left out"] = halves(people)
    figures: dict[str, Any] = {
        "recognizer": photos.model,
        "far": args.far,
        "missed": [photo for *_, photo in photos.missed],
    }
    for case, groups in cases.items():
        figures[case] = measure(photos, [gallery_of(photos, group, args.far) for group in groups])
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    print(text)
    if args.json:
        args.json.write_text(text + "\n", encoding="utf-8")
    return 1 if any(figures[case][STRANGER_NAMED] for case in cases) else 0


if __name__ == "__main__":
    raise SystemExit(main())
