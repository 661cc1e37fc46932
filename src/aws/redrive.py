"""Dead-lettered messages back into their queues, so that their frames get their real answers.

SQS can move messages by itself (StartMessageMoveTask), but not reopen the records that say ``failed``: whoever
waits for a frame could not tell a failure from a try under way. So each message is moved here, in an order that
loses nothing wherever it is broken off: reopen, send, and only then delete.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from src.pipeline.dead_letters import frames_of, to_try_again
from src.pipeline.errors import ContractError
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue, Received, ResultTable

QUEUES = ("frame", "req")
HIDDEN_S = 120  # nobody else takes them meanwhile; broken off, they are there again after it
AT_ONCE = 8


@dataclass(frozen=True)
class Redriven:
    """What became of one dead-letter queue's messages. left: those that name no frame, so that no try can succeed."""

    source: str
    target: str
    moved: int
    reopened: int
    left: int


def redrive(settings: Settings, kinds: tuple[str, ...] = QUEUES) -> Iterator[Redriven]:
    """Move everything that is dead-lettered now. kinds: of ``frame`` and ``req``. Raises StorageUnavailable, …"""
    connection = Connection(settings, pool=AT_ONCE)
    table = ResultTable(connection, settings.need("table"))
    for kind in kinds:
        source = Queue(connection, settings.need(f"{kind}_dlq_url"))
        target = Queue(connection, settings.need(f"{kind}_queue_url"))
        yield _drain(source, target, table)


def _drain(source: Queue, target: Queue, table: ResultTable) -> Redriven:
    begun, reopened, moved = time.time(), 0, 0
    left: list[Received] = []

    def one(message: Received) -> int | None:
        """Records reopened, or None where the message stays."""
        try:
            frames = frames_of(message.body)
        except ContractError:
            return None
        count = sum(table.reopen(frame.request_id) for frame in frames)
        target.send_text(to_try_again(message.body))
        source.delete([message])
        return count

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="redrive") as pool:
        # A message sent later than we began was moved by us and has failed again: once is enough.
        while batch := source.receive(wait_s=1, hidden_s=HIDDEN_S):
            again = [message for message in batch if message.sent_at > begun]
            fresh = [message for message in batch if message.sent_at <= begun]
            for message, outcome in zip(fresh, pool.map(one, fresh), strict=True):
                if outcome is None:
                    left.append(message)
                else:
                    moved, reopened = moved + 1, reopened + outcome
            if again:
                source.give_back(again)
                break
    source.give_back(left)
    return Redriven(source.name, target.name, moved, reopened, len(left))
