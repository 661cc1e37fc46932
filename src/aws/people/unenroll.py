"""Faces out of every version of every model's gallery: no rollback brings them back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from src.aws.people.office import THUMBS, Office, thumbnail_key
from src.aws.people.roll import Entry, Roll
from src.aws.people.rolls import Rolls
from src.pipeline.models import RECOGNIZERS

SOMEBODY = "a change to somebody who was forgotten"


def rolls_of_all_models(office: Office) -> list[Rolls]:
    return [Rolls(office.objects, model) for model in RECOGNIZERS]


def unenroll(office: Office, is_meant: Callable[[Entry], bool], name: str | None) -> dict[str, int]:
    """Remove the entries that are meant, their thumbnails, and the name from what versions say of themselves.

    How many faces were enrolled (each once, in however many versions it was), in how many versions, and how many
    thumbnails.
    """
    removed = {"enrolled faces": 0, "gallery versions": 0, "thumbnails": 0}
    thumbnails: set[str] = set()
    faces: set[str] = set()

    def rest_of(roll: Roll) -> Roll:
        return roll.keep(lambda entry: not is_meant(entry))

    for rolls in rolls_of_all_models(office):
        now = _meant(rolls.current(), is_meant)
        faces |= set(now)
        if now:
            rolls.change("forget", rest_of)
        for file, version, roll in rolls.everything():
            meant = _meant(roll, is_meant)
            named = _mentions(version.change, name)
            if not meant and not named:
                continue
            rest = rest_of(roll)
            change = SOMEBODY if named else version.change
            rolls.write(file, replace(version, change=change, people=len(rest.people), faces=len(rest)), rest)
            thumbnails |= {entry.id for entry in meant.values() if entry.id}
            faces |= set(meant)
            removed["gallery versions"] += bool(meant)
        rolls.drop_halves()
    removed["enrolled faces"] = len(faces)
    removed["thumbnails"] = sum(office.objects.erase(thumbnail_key(entry_id)) for entry_id in sorted(thumbnails))
    removed["thumbnails"] += _orphans(office)
    return removed


def _meant(roll: Roll, is_meant: Callable[[Entry], bool]) -> dict[str, Entry]:
    """The entries that are meant; a face has the same key in every version."""
    return {entry.id or f"row {row}": entry for row, entry in enumerate(roll.entries) if is_meant(entry)}


def left_in_galleries(office: Office, is_meant: Callable[[Entry], bool], name: str | None) -> list[str]:
    """Where such an entry, or the name, still is."""
    found = []
    for rolls in rolls_of_all_models(office):
        if any(is_meant(entry) for entry in rolls.current().entries):
            found.append(f"the gallery of {rolls.model} in use")
        for file, version, roll in rolls.everything():
            if any(is_meant(entry) for entry in roll.entries) or _mentions(version.change, name):
                found.append(f"version {file} of the gallery of {rolls.model}")
    return found


def _mentions(change: str, name: str | None) -> bool:
    return name is not None and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", change) is not None


def _orphans(office: Office) -> int:
    """Remove thumbnails of faces that no version has: an enrollment that was killed leaves some."""
    kept = {
        entry.id for rolls in rolls_of_all_models(office) for _, _, roll in rolls.everything() for entry in roll.entries
    }
    keys = [key for key in office.objects.keys(THUMBS) if key.removeprefix(THUMBS).removesuffix(".jpg") not in kept]
    return sum(office.objects.erase(key) for key in keys)
