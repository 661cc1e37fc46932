"""A face that a run has seen: found again in its frame, as long as the bucket keeps it."""

from __future__ import annotations

from datetime import UTC, datetime

from src.aws.people.enrolling import Enrolled
from src.aws.people.office import Office, SeenFace, id_of
from src.aws.people.records import check_face, frame_of
from src.aws.people.roll import Entry
from src.pipeline.contracts import FRAMES
from src.pipeline.errors import UsageError
from src.pipeline.person_names import person_name
from src.pipeline.quality import Gate, check_look
from src.pipeline.stores.items import Item
from src.pipeline.stores.results import response_of


def seen_face(office: Office, request_id: str, face: int) -> SeenFace:
    """Face number ``face`` of a frame. Raises UsageError when the frame or the face is not there any more."""
    item = frame_of(office, request_id)
    check_face(item, face)
    wanted = response_of(item).faces[face].box
    key = key_of(office, item)
    if key is None:
        raise UsageError(
            f"The picture of {request_id} is not in the bucket, which keeps frames for {office.settings.frame_days} "
            "days, and those that came by HTTP not at all: only its record is left."
        )
    for candidate in office.look(office.objects.get(key)):
        if max(abs(a - b) for a, b in zip(candidate.face.box, wanted, strict=True)) < 1:
            return candidate
    raise UsageError(f"Face {face} of {request_id} is not found in its picture again; were the settings changed since?")


def key_of(office: Office, item: Item) -> str | None:
    """Where the frame's picture lies; None where it is not there."""
    own = f"{FRAMES}{item['run_id']}/{item['request_id']}/"
    adopted = f"{FRAMES}{item['filename']}"  # put there by hand
    found = next(office.objects.keys(own), None)
    if found is None and item["run_id"] == "adopted" and office.objects.is_there(adopted):
        return adopted
    return found


def enroll_face(office: Office, request_id: str, face: int, name: str, *, anyway: bool = False) -> Enrolled:
    """Enroll a face that a run has seen. anyway: see ``enroll_photo``. Raises UsageError when it cannot be had, or is
    enrolled as somebody else, and InvalidFrame when it is not good enough."""
    name = person_name(name, "--name")
    found = seen_face(office, request_id, face)
    entry = Entry(
        name, id_of(f"{request_id}#{face}".encode()), f"request {request_id} face {face}",
        datetime.now(UTC).isoformat(), request_id,
    )  # fmt: skip
    before = next((e for e in office.rolls.current().entries if e.id == entry.id), None)
    if before is not None and before.person != name:
        raise UsageError(f"This face is enrolled as {before.person}.")
    if before is not None:
        return Enrolled(None, 0, 1, (), office.rolls.current().gallery)
    if not anyway:
        check_look(found.face, found.crop)
        Gate(office.rolls.current().gallery).check(name, found.embedding)
    office.keep_thumbnail(entry.id, found.crop)
    what = f"enroll {name} from request {request_id}"
    version = office.rolls.change(what, lambda roll: roll.add([entry], found.embedding[None]))
    return Enrolled(version, 1, 0, (), office.rolls.current().gallery)
