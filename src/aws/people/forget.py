"""A person, a run or a stranger out of every store, verified by a second search, with a receipt of it.

A frame that shows who is to be forgotten goes as a whole, with its record, whoever else is on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from src.aws.people.finding import working
from src.aws.people.office import Office
from src.aws.people.receipt import Receipt
from src.aws.people.relabel import known
from src.aws.people.removal import remove_frames
from src.aws.people.roll import Entry
from src.aws.people.search import frames_of, left
from src.aws.people.strangers import number_in
from src.aws.people.subject import Subject
from src.aws.people.unenroll import unenroll
from src.pipeline.errors import NothingKnown
from src.pipeline.person_names import person_name
from src.pipeline.stores.strangers import Stranger
from src.pipeline.strangers import gallery_of

PASSES = 10  # each finds what was on its way during the one before


def forget_person(office: Office, name: str) -> Receipt:
    """Raises NothingKnown when nothing at all is known of such a person."""
    name = person_name(name)
    faces = office.rolls.current().keep(lambda entry: entry.person == name).gallery
    for _, _, roll in office.rolls.everything():  # a version before the one in use may know more of their faces
        if not len(faces):
            faces = roll.keep(lambda entry: entry.person == name).gallery
    subject = Subject("person", name, faces, office.settings.match_threshold)
    # Before they were enrolled, they may have been seen as a stranger.
    numbers = frozenset(s.number for s in office.strangers.after(0) if subject.is_among(s.embedding[None]))
    subject = replace(subject, strangers=numbers)
    has_attributes = office.people.info(name) is not None  # they can be set before somebody is enrolled
    if not len(faces) and not has_attributes and not _is_anywhere(office, subject):
        known(office, name)  # says whom they may have meant
    return _forget(office, subject, lambda entry: entry.person == name)


def forget_stranger(office: Office, stranger_id: str) -> Receipt:
    """Raises NothingKnown when nobody is remembered or recorded under this id."""
    number = number_in(stranger_id)
    found = office.strangers.get(number)
    faces = gallery_of(office.model, [found] if found else [])
    subject = Subject("stranger", stranger_id, faces, office.settings.match_threshold, frozenset({number}))
    if found is None and not _is_anywhere(office, subject):
        raise NothingKnown(f"No {stranger_id} is remembered or recorded; nothing was removed.")
    return _forget(office, subject, lambda entry: entry.source == stranger_id)


def forget_run(office: Office, run_id: str) -> Receipt:
    """Raises NothingKnown when there is no such run."""
    subject = Subject("run", run_id)
    if not _is_anywhere(office, subject):
        raise NothingKnown(f"No run {run_id!r} is recorded, stored or queued; nothing was removed.")
    return _forget(office, subject, lambda entry: False)


def _forget(office: Office, subject: Subject, is_meant: Callable[[Entry], bool]) -> Receipt:
    receipt = Receipt(subject.kind, subject.value)
    name = subject.value if subject.kind == "person" else None

    def learned(entry: Entry) -> bool:
        return is_meant(entry) or (subject.kind == "run" and entry.request_id in receipt.ids)

    for number in range(PASSES):
        # The second pass finds what arrived before the gallery forgot them; later frames show somebody unknown.
        ids = frames_of(office, subject, receipt, unnamed=number < 2) - receipt.ids
        receipt.ids |= ids
        receipt.removed.update(unenroll(office, learned, name))
        if name is not None and office.people.info(name) is not None:
            office.people.set_info({name: None})
            receipt.removed["attributes"] += 1
        for stranger in _strangers(office, subject, receipt):
            office.strangers.remove(stranger.number)
            receipt.removed["strangers"] += 1
        remove_frames(office, receipt)
        _settle(office, longest_s=office.settings.function_timeout_s if number == 0 else 0)
        receipt.left = left(office, subject, receipt, learned, name)
        if number and not ids and not receipt.left:
            receipt.verified_at = datetime.now(UTC).isoformat()
            break
    return receipt


def _strangers(office: Office, subject: Subject, receipt: Receipt) -> list[Stranger]:
    """Those that are meant; of a run, those whose remembered face is from one of its frames."""
    if subject.kind == "run":
        return [stranger for stranger in office.strangers.after(0) if stranger.first_request in receipt.ids]
    return [found for number in sorted(subject.strangers) if (found := office.strangers.get(number)) is not None]


def _is_anywhere(office: Office, subject: Subject) -> bool:
    nothing = Receipt(subject.kind, subject.value)
    return bool(frames_of(office, subject, nothing, unnamed=False))


def _settle(office: Office, *, longest_s: float) -> None:
    """Functions go on with the gallery they have until they look for a newer one, and finish what they began."""
    time.sleep(office.settings.gallery_check_s)
    until = time.monotonic() + longest_s
    while working(office) and time.monotonic() < until:
        time.sleep(0.2)
