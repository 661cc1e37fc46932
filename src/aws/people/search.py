"""Where a person, a run or a stranger is: the first search finds what to remove, the second what is left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from src.aws.people.finding import VIDEOS, Stored, queue_urls, records, stored, waiting
from src.aws.people.office import Office
from src.aws.people.receipt import Receipt
from src.aws.people.removal import NO_RUN, is_gravestone
from src.aws.people.roll import Entry
from src.aws.people.subject import Subject, Told
from src.aws.people.unenroll import left_in_galleries
from src.pipeline.contracts import FRAMES, Request
from src.pipeline.crop_codec import Crops, unpack
from src.pipeline.errors import ContractError, InvalidFrame, NotFound
from src.pipeline.models import recognizer


def frames_of(office: Office, subject: Subject, receipt: Receipt, *, unnamed: bool) -> set[str]:
    """The frames of a subject: recorded, stored, waiting; where unnamed, also those that nobody has named yet."""
    items = [item for item in records(office) if not is_gravestone(item)]
    ids = {item["request_id"] for item in items if subject.is_in(item)}
    receipt.runs |= {str(item["run_id"]) for item in items if item["request_id"] in ids and "run_id" in item}
    # What was answered before this began was compared with the gallery that knew them.
    settled = {i["request_id"] for i in items if str(i.get("recorded_at", "9")) < receipt.begun_at}
    for found in stored(office):
        if found.request_id is None or found.request_id in ids | receipt.ids:
            continue
        of_run = subject.kind == "run" and found.run_id == subject.value
        if of_run or (unnamed and found.request_id not in settled and _shows(office, subject, found, receipt)):
            ids.add(found.request_id)
            receipt.runs.add(found.run_id)
    for url in queue_urls(office):
        with waiting(office, url) as queue:
            for _, told in queue.messages:
                if subject.is_in(told.content) or (unnamed and _is_shown_by(office, subject, told)):
                    ids |= told.ids
    return ids


def _shows(office: Office, subject: Subject, found: Stored, receipt: Receipt) -> bool:
    if subject.faces is None or found.key in receipt.looked_at or not found.key.startswith(FRAMES):
        return False
    receipt.looked_at.add(found.key)
    try:
        faces = office.look(office.objects.get(found.key, max_bytes=office.settings.max_frame_bytes))
    except (InvalidFrame, NotFound):
        return False
    return bool(faces) and subject.is_among(np.stack([face.embedding for face in faces]))


def _is_shown_by(office: Office, subject: Subject, told: Told) -> bool:
    if subject.faces is None:
        return False
    crops = told.crops if told.elsewhere is None else _fetched(office, told.elsewhere)
    return crops is not None and subject.is_among(office.embedder.embed(crops))


def _fetched(office: Office, request: Request) -> Crops | None:
    """The crops of a request that has them in the bucket; None where they are gone or not readable."""
    side = recognizer(office.model).crop_px
    try:
        return unpack(office.objects.get(str(request.crops_key)), side=side, faces=len(request.faces))
    except (ContractError, NotFound):
        return None


def left(
    office: Office, subject: Subject, receipt: Receipt, is_meant: Callable[[Entry], bool], name: str | None
) -> list[str]:
    """The second search, through every store."""
    found_still = left_in_galleries(office, is_meant, name)
    for item in records(office):
        if not is_gravestone(item) and (subject.is_in(item) or item["request_id"] in receipt.ids):
            found_still.append(f"record {item['request_id']} {item['item']}")
    found_still += [found.key for found in stored(office) if found.request_id in receipt.ids]
    found_still += [key for run in receipt.runs - NO_RUN for key in office.objects.keys(f"{VIDEOS}{run}/")]
    if name is not None and office.people.info(name) is not None:
        found_still.append("attributes")
    found_still += [f"stranger-{number}" for number in subject.strangers if office.strangers.get(number) is not None]
    for url in queue_urls(office):
        with waiting(office, url) as queue:
            told = [t for _, t in queue.messages if subject.is_in(t.content) or t.ids & receipt.ids]
            found_still += [f"message in {queue.queue.name}"] * len(told)
    return found_still
