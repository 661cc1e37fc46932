"""``labels.csv``: who is in which photo. Columns ``filename`` (beside the file) and ``person``, ``unknown`` for
strangers; ``split`` (``enrol`` or ``test``) where it matters."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from src.pipeline.contracts import UNKNOWN_NAME
from src.pipeline.errors import UsageError
from src.pipeline.person_names import person_name

SPLITS = ("", "enrol", "test")


@dataclass(frozen=True)
class Label:
    """person is None for strangers."""

    photo: Path
    person: str | None
    split: str


def read_labels(file: Path) -> list[Label]:
    """Raises UsageError, naming the line, when the file or a photo is not there, or a line says something else."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            rows = list(csv.DictReader(text))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if not rows or not {"filename", "person"} <= rows[0].keys():
        raise UsageError(f"{file} has no lines below a head of: filename, person, split.")
    return [_label(file, number, row) for number, row in enumerate(rows, 2)]


def _label(file: Path, number: int, row: dict[str, str | None]) -> Label:
    where = f"{file}, line {number}:"
    photo, name, split = file.parent / (row["filename"] or ""), row["person"] or "", row.get("split") or ""
    if not photo.is_file():
        raise UsageError(f"{where} there is no photo {photo}.")
    if split not in SPLITS:
        raise UsageError(f"{where} the split is {split!r}; it must be enrol or test.")
    return Label(photo, None if name == UNKNOWN_NAME else person_name(name, where), split)
