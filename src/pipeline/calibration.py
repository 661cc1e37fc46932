"""What a threshold was set by, and for how many people. Kept in the gallery, beside the embeddings it is for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Literal


@dataclass(frozen=True)
class Calibration:
    """threshold, margin: Euclidean distances (see ``Gallery.match``).

    far: the share of strangers' faces that may get a name, looked up among for_people people.
    basis: ``measured`` on the people below, or ``published``: there was too little to measure on.
    source: where the threshold is from, in words.
    best_guess: threshold for that rate by the measured mean and spread alone, as if they were sure; None if published.
    far_guess, far_limit: false-accept rate at the threshold: most likely, and not exceeded with 90 % certainty.
    people, photos, genuine, impostor: how many were measured on; comparisons with oneself and with others.
    lost: share of the genuine comparisons beyond the threshold; lost_low, lost_high: its 95 % interval. None: no
        person has two photos.
    notes: what the user should know, in sentences.
    """

    threshold: float
    margin: float
    far: float
    for_people: int
    basis: Literal["measured", "published"]
    source: str
    people: int
    photos: int
    genuine: int
    impostor: int
    best_guess: float | None = None
    far_guess: float | None = None
    far_limit: float | None = None
    lost: float | None = None
    lost_low: float | None = None
    lost_high: float | None = None
    notes: tuple[str, ...] = ()

    def outgrown(self, people: int) -> str | None:
        """A warning when the gallery has more people than the threshold was set for."""
        if people <= self.for_people:
            return None
        return (
            f"The gallery has grown to {people} people; its threshold was set for up to {self.for_people}. "
            "Calibrate again: python -m src.aws people calibrate"
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Calibration | None:
        """Read ``to_json``; None for no text. Raises ValueError, TypeError or KeyError when it is anything else."""
        if not text:
            return None
        values = json.loads(text)
        made = cls(**{spec.name: values[spec.name] for spec in fields(cls)} | {"notes": tuple(values["notes"])})
        if not (0 <= made.threshold <= 4 and 0 <= made.margin <= 4):
            raise ValueError("its threshold is no distance")
        return made
