"""Strangers: who was seen before, how often, where; and a stranger who gets a name."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from src.aws.people.office import Office, id_of
from src.aws.people.records import number_of, rename_in_records
from src.aws.people.relabel import Relabelled
from src.aws.people.roll import Entry
from src.aws.people.seen import seen_face
from src.pipeline.errors import PermanentError, UsageError
from src.pipeline.person_names import STRANGER, person_name
from src.pipeline.stores.items import Item
from src.pipeline.stores.strangers import Stranger


@dataclass(frozen=True)
class Known:
    """A stranger, and the faces that are recorded under their id: request ids, each with the number of the face."""

    stranger: Stranger
    faces: tuple[tuple[str, int], ...]


def strangers(office: Office) -> list[Known]:
    """Everybody who is remembered, in the order in which they were first seen."""
    return [_known(office, stranger) for stranger in office.strangers.after(0) if stranger.expires_at > time.time()]


def stranger(office: Office, stranger_id: str) -> Known:
    """Raises UsageError when there is none of that id, or it was forgotten, or not seen for too long."""
    found = office.strangers.get(number_in(stranger_id))
    if found is None or found.expires_at <= time.time():
        raise UsageError(f"No {stranger_id} is remembered. See: python -m src.aws people strangers")
    return _known(office, found)


def promote(office: Office, stranger_id: str, name: str, on_record: Callable[[Item], None]) -> Relabelled:
    """A stranger becomes a person, enrolled with the face that was first seen, and named in all frames so far.

    on_record: is given each frame's new item. Raises UsageError as ``stranger``.
    """
    found, name = stranger(office, stranger_id), person_name(name, "--name")
    own = found.stranger
    now = datetime.now(UTC).isoformat()
    entry = Entry(name, id_of(f"{office.model} {own.id} {own.first_request}".encode()), own.id, now, own.first_request)
    if found.faces:
        with suppress(PermanentError):  # the picture may be gone: then there is no thumbnail
            office.keep_thumbnail(entry.id, seen_face(office, *found.faces[0]).crop)
    what = f"promote {own.id} to {name}"
    version = office.rolls.change(what, lambda roll: roll.add([entry], own.embedding[None]))
    office.strangers.remove(own.number)
    faces = rename_in_records(office, own.id, name, what, on_record)
    time.sleep(office.settings.gallery_check_s)  # until then functions may go on to know them as a stranger
    while late := rename_in_records(office, own.id, name, what, on_record):
        faces += late
    return Relabelled(version, faces)


def number_in(stranger_id: str) -> int:
    """Raises UsageError when it is not like ``stranger-12``."""
    if not STRANGER.fullmatch(stranger_id):
        raise UsageError(f"{stranger_id!r} is not the id of a stranger, which is like stranger-12.")
    return int(re.sub(r"\D", "", stranger_id))


def _known(office: Office, found: Stranger) -> Known:
    return Known(found, tuple((i["request_id"], number_of(i)) for i in office.table.by_person(found.id)))
