"""Everything a deployment keeps, gone through: records, objects, and the messages that wait in its queues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from src.aws.people.office import Office
from src.aws.people.subject import Told, told_by
from src.pipeline.contracts import CROPS, FRAMES, FrameKey, frame_of_crops
from src.pipeline.errors import ContractError
from src.pipeline.stores import Queue, Received
from src.pipeline.stores.connection import storage_errors
from src.pipeline.stores.items import Item, from_item

FEEDING = ("frame_queue_url", "req_queue_url")
QUEUES = (*FEEDING, "resp_queue_url", "frame_dlq_url", "req_dlq_url")
HIDDEN_S = 60  # while a queue is gone through, nobody else receives what was seen
VIDEOS = "videos/"


def records(office: Office) -> Iterator[Item]:
    """Every item of the table."""
    pages = office.connection.client("dynamodb").get_paginator("scan")
    with storage_errors(f"read all of {office.table.table}"):
        for page in pages.paginate(TableName=office.table.table, ConsistentRead=True):
            yield from map(from_item, page["Items"])


@dataclass(frozen=True)
class Stored:
    """An object of a frame: its picture or its crops. request_id is None for a picture put there by hand."""

    key: str
    run_id: str
    request_id: str | None


def stored(office: Office) -> Iterator[Stored]:
    """The pictures and crops of all frames."""
    for key in office.objects.keys(FRAMES):
        try:
            frame = FrameKey.parse(key)
        except ContractError:
            yield Stored(key, "adopted", None)
        else:
            yield Stored(key, frame.run_id, frame.request_id)
    for key in office.objects.keys(CROPS):
        yield Stored(key, *frame_of_crops(key))


@dataclass
class Waiting:
    """One queue's messages while it is gone through: those not taken out are given back at the end."""

    queue: Queue
    messages: list[tuple[Received, Told]]
    taken: int = 0

    def take_out(self, entries: list[tuple[Received, Told]]) -> None:
        self.queue.delete([message for message, _ in entries])
        gone = {id(message) for message, _ in entries}
        self.messages = [entry for entry in self.messages if id(entry[0]) not in gone]
        self.taken += len(entries)


@contextmanager
def waiting(office: Office, url: str) -> Iterator[Waiting]:
    """What waits in a queue now. What a function works on at this moment is not seen."""
    queue = Queue(office.connection, url)
    feeds_function = url in feeding(office)
    found = Waiting(queue, [])
    empty = 0
    try:
        while empty < 2:  # SQS may overlook a message in one short poll
            batch = queue.receive(wait_s=0, hidden_s=HIDDEN_S)
            found.messages += [(message, told_by(message.body, office.model)) for message in batch]
            empty = 0 if batch else empty + 1
        yield found
    finally:
        if feeds_function:
            # Sent anew rather than given back: each look counts as a try, and the fifth would dead-letter it.
            for message, _ in found.messages:
                queue.send_text(message.body)
                queue.delete([message])
        else:
            queue.give_back(message for message, _ in found.messages)


def queue_urls(office: Office) -> list[str]:
    return [url for name in QUEUES if (url := getattr(office.settings, name)) is not None]


def working(office: Office) -> int:
    """About how many messages functions are working on."""
    return sum(Queue(office.connection, url).in_flight() for url in feeding(office))


def feeding(office: Office) -> list[str]:
    """The queues that feed functions."""
    return [url for name in FEEDING if (url := getattr(office.settings, name)) is not None]
