"""Somebody was named wrongly, or not at all: the record says it right from now on, and the gallery learns if asked."""

from __future__ import annotations

from dataclasses import dataclass

from src.aws.people.office import Office, id_of
from src.aws.people.records import check_face, frame_of, name_face
from src.aws.people.rolls import Version
from src.aws.people.seen import enroll_face
from src.pipeline.contracts import UNKNOWN_NAME
from src.pipeline.errors import UsageError
from src.pipeline.person_names import person_name
from src.pipeline.stores.items import Item


@dataclass(frozen=True)
class Correction:
    """before: the name it had. version: of the gallery, where it learned or unlearned the face. frame: the new item."""

    before: str
    after: str
    version: Version | None
    frame: Item


def correct(office: Office, request_id: str, face: int, name: str, *, learn: bool = False) -> Correction:
    """Give a face of an answered frame its right name, or ``unknown``.

    learn: enroll the face under that name. A face that was learned under another name is unlearned in any case.
    Raises UsageError when there is no such face, or it cannot be learned; then nothing is changed.
    """
    name = name if name == UNKNOWN_NAME else person_name(name, "--name")
    if learn and name == UNKNOWN_NAME:
        raise UsageError("A face without a name cannot be learned: leave --learn out.")
    check_face(frame_of(office, request_id), face)
    version = _unlearn(office, request_id, face, name)
    if learn:
        # Who it is was said by somebody who looked: what the gate thinks of the face is no reason to doubt it.
        version = enroll_face(office, request_id, face, name, anyway=True).version or version
    before, frame = name_face(office, request_id, face, name, "correct")
    return Correction(before, name, version, frame)


def _unlearn(office: Office, request_id: str, face: int, name: str) -> Version | None:
    own = id_of(f"{request_id}#{face}".encode())
    wrong = [e for e in office.rolls.current().entries if e.id == own and e.person != name]
    if not wrong:
        return None
    what = f"unlearn face {face} of request {request_id} as {wrong[0].person}"
    return office.rolls.change(what, lambda roll: roll.keep(lambda e: e.id != own or e.person == name))
