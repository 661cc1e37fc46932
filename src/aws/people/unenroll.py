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

    How many entries there were, in how many versions, and how many thumbnails.
    """
    removed = {"gallery entries": 0, "gallery versions": 0, "thumbnails": 0}
    thumbnails: set[str] = set()

    def rest_of(roll: Roll) -> Roll:
        return roll.keep(lambda entry: not is_meant(entry))

    for rolls in rolls_of_all_models(office):
        if any(is_meant(entry) for entry in rolls.current().entries):
            rolls.change("forget", rest_of)
        for file, version, roll in rolls.everything():
            meant = [entry for entry in roll.entries if is_meant(entry)]
            named = _mentions(version.change, name)
            if not meant and not named:
                continue
            rest = rest_of(roll)
            change = SOMEBODY if named else version.change
            now = replace(version, change=change, people=len(rest.people), faces=len(rest))
            rolls.write(file, now, rest)
            thumbnails |= {entry.id for entry in meant if entry.id}
            removed["gallery entries"] += len(meant)
            removed["gallery versions"] += bool(meant)
        rolls.drop_halves()
    removed["thumbnails"] = sum(office.objects.erase(thumbnail_key(entry_id)) for entry_id in sorted(thumbnails))
    removed["thumbnails"] += _orphans(office)
    return removed


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
