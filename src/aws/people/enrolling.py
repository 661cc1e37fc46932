"""Photos into the roll: each examined, refused with a reason or taken; broken off, the next call goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from src.aws.people.office import Office, SeenFace, id_of
from src.aws.people.roll import Entry, Roll
from src.aws.people.rolls import Version
from src.client.words import counted
from src.pipeline.enrollment import Refusal, photos_in
from src.pipeline.errors import InvalidFrame, UsageError
from src.pipeline.gallery import Gallery
from src.pipeline.person_names import person_name
from src.pipeline.quality import Gate, check_alone, check_look

DRAFT_S = 20.0  # at most so much work is lost when an enrollment is broken off


@dataclass(frozen=True)
class Enrolled:
    """version: None where nothing was new. added, already: photos. gallery: as it is now in use."""

    version: Version | None
    added: int
    already: int
    refusals: tuple[Refusal, ...]
    gallery: Gallery


@dataclass
class Progress:
    """What an enrollment has done so far, and what of an earlier one, that was broken off, it has not met yet."""

    draft: dict[str, tuple[Entry, NDArray[np.float32]]]
    entries: list[Entry] = field(default_factory=list)
    embeddings: list[NDArray[np.float32]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    already: int = 0

    def take(self, entry: Entry, embedding: NDArray[np.float32]) -> None:
        self.entries.append(entry)
        self.embeddings.append(embedding)


def enroll_folder(office: Office, folder: Path) -> Enrolled:
    """``<folder>/<person>/*``, on top of who is enrolled. Raises UsageError when the folder cannot be read."""
    photos = [(name, photo, str(photo.relative_to(folder))) for name, photo in photos_in(folder)]
    return enroll_photos(office, photos)


def enroll_photo(office: Office, photo: Path, name: str, *, anyway: bool = False) -> Enrolled:
    """One photo of one person. anyway: also a bad one, or of a face that is enrolled as somebody else (twins), as long
    as it shows one face. Raises UsageError when it is no file, or the name cannot be one."""
    if not photo.is_file():
        raise UsageError(f"There is no photo {photo}.")
    return enroll_photos(office, [(person_name(name, "--name"), photo, photo.name)], anyway=anyway)


def enroll_photos(office: Office, photos: Sequence[tuple[str, Path, str]], *, anyway: bool = False) -> Enrolled:
    """(person, photo, what to call the photo) each; what was enrolled before is passed over without a look."""
    done = Progress(_draft(office))
    roll = office.rolls.current()
    known = {entry.id: entry for entry in roll.entries if entry.id}
    gate = None if anyway else Gate(roll.gallery)
    saved = time.monotonic()
    try:
        for name, photo, source in tqdm(photos, desc="enrolled", unit="photo", disable=None):
            _take(office, done, known, gate, name, photo, source)
            if time.monotonic() - saved > DRAFT_S:
                _save_draft(office, done)
                saved = time.monotonic()
    except BaseException:
        _save_draft(office, done)
        raise
    version = None
    if done.entries:
        what = f"enroll {_counted(done.entries)}"
        version = office.rolls.change(what, lambda roll: roll.add(done.entries, np.stack(done.embeddings)))
        done.entries, done.embeddings, added = [], [], len(done.entries)
        _save_draft(office, done)
    gallery = office.rolls.current().gallery
    return Enrolled(version, added if version else 0, done.already, tuple(done.refusals), gallery)


def _take(
    office: Office, done: Progress, known: dict[str, Entry], gate: Gate | None, name: str, photo: Path, source: str
) -> None:
    try:
        data = _read(photo, office.settings.max_frame_bytes)
        entry = Entry(name, id_of(data), source, datetime.now(UTC).isoformat())
        before = known.get(entry.id)
        if before is not None and before.person != name:
            raise InvalidFrame(f"The same photo is enrolled as {before.person} ({before.source}).")
        if before is not None:
            done.draft.pop(entry.id, None)
            done.already += 1
            return
        drafted = done.draft.get(entry.id)
        if drafted is not None and drafted[0].person == name:
            entry, embedding = done.draft.pop(entry.id)
        else:
            face = only_face(office, data, checked=gate is not None)
            embedding = face.embedding
            if gate is not None:
                gate.check(name, embedding)
            office.keep_thumbnail(entry.id, face.crop)
        done.take(entry, embedding)
        if gate is not None:
            gate.take(name, embedding)
    except InvalidFrame as error:
        done.refusals.append(Refusal(photo, str(error)))
    else:
        known[entry.id] = entry


def only_face(office: Office, picture: bytes, *, checked: bool = True) -> SeenFace:
    """The face of an enrollment photo. checked: it must be a good one. Raises InvalidFrame when it does not show
    exactly one."""
    faces = office.look(picture)
    check_alone([seen.face for seen in faces])
    if checked:
        check_look(faces[0].face, faces[0].crop)
    return faces[0]


def _read(photo: Path, max_bytes: int) -> bytes:
    try:
        size = photo.stat().st_size
        if size > max_bytes:
            raise InvalidFrame(f"The file has {size} bytes; the limit is {max_bytes}.")
        return photo.read_bytes()
    except OSError as error:
        raise InvalidFrame(f"The photo cannot be read: {error.strerror or error}.") from None


def _draft(office: Office) -> dict[str, tuple[Entry, NDArray[np.float32]]]:
    roll = office.rolls.draft()
    rows = zip(roll.entries, roll.gallery.embeddings.astype(np.float32), strict=True)
    return {entry.id: (entry, embedding) for entry, embedding in rows}


def _save_draft(office: Office, done: Progress) -> None:
    rest = list(done.draft.values())
    entries = [*done.entries, *(entry for entry, _ in rest)]
    if entries:
        embeddings = np.stack([*done.embeddings, *(embedding for _, embedding in rest)])
        office.rolls.save_draft(Roll.empty(office.model).add(entries, embeddings))
    else:
        office.rolls.drop()


def _counted(entries: Iterable[Entry]) -> str:
    listed = list(entries)
    people = {entry.person for entry in listed}
    return f"{counted(len(listed), 'photo')} of {people.pop() if len(people) == 1 else f'{len(people)} people'}"
