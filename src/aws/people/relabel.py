"""Another name for a person: in the roll, in the records, and in the attributes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from src.aws.people.office import Office
from src.aws.people.records import rename_in_records
from src.aws.people.rolls import Version
from src.pipeline.errors import NothingKnown, UsageError
from src.pipeline.person_names import person_name
from src.pipeline.stores.items import Item


@dataclass(frozen=True)
class Relabelled:
    """version: of the gallery. faces: how many recorded ones have the new name now."""

    version: Version
    faces: int


def _quiet(_: Item) -> None:
    return


def rename(office: Office, old: str, new: str, on_record: Callable[[Item], None] = _quiet) -> Relabelled:
    """Raises UsageError when nobody is called ``old``, or somebody is called ``new`` already.

    on_record: is given each frame's new item.
    """
    old, new = known(office, old), person_name(new)
    if new in office.rolls.current().people:
        raise UsageError(f"{new} is enrolled already. To make one person of the two: people merge {old!r} {new!r}")
    return _relabel(office, old, new, f"rename {old} to {new}", on_record)


def merge(office: Office, source: str, target: str, on_record: Callable[[Item], None] = _quiet) -> Relabelled:
    """All photos and records of one person to another, who is the same one; the latter's attributes stay.

    Raises UsageError when one is not enrolled.
    """
    source, target = known(office, source), known(office, target)
    if source == target:
        raise UsageError(f"{source} cannot be merged with {target}: that is one name.")
    return _relabel(office, source, target, f"merge {source} into {target}", on_record)


def known(office: Office, name: str) -> str:
    """The name as it is enrolled. Raises UsageError when nobody is enrolled so."""
    name = person_name(name)
    people = office.rolls.current().people
    if name not in people:
        near = [other for other in people if other.casefold() == name.casefold()]
        hint = f" Did you mean {near[0]!r}?" if near else " See: python -m src.aws people list"
        raise NothingKnown(f"Nobody called {name!r} is enrolled with {office.model}.{hint}")
    return name


def _relabel(office: Office, old: str, new: str, what: str, on_record: Callable[[Item], None]) -> Relabelled:
    version = office.rolls.change(what, lambda roll: roll.rename(old, new))
    attributes = office.people.info(old)
    if attributes is not None:
        office.people.set_info({new: office.people.info(new) or attributes, old: None})
    faces = rename_in_records(office, old, new, what, on_record)
    # The functions go on with the gallery they have for as long as they do not look for a newer one.
    time.sleep(office.settings.gallery_check_s)
    while late := rename_in_records(office, old, new, what, on_record):
        faces += late
    return Relabelled(version, faces)
