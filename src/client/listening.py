"""How the client listens for answers: now and then while many are to come, closely for the last ones."""

from __future__ import annotations

import time

from src.pipeline.stores import Queue, Received

LONGEST_S = 2
MANY = 8
BREATH_S = 0.15  # while many are to come: one call then brings several, and calls are paid for
SHORTEST_GLANCE_S, LONGEST_GLANCE_S = 0.01, 0.1


class Listener:
    """long_poll: whether the queue tells of a message as soon as it has one, as SQS does.

    The embedded stack, asked to wait, looks ten times a second. It is asked at once instead, and again after an
    eighth of the time waited so far.
    """

    def __init__(self, queue: Queue, *, long_poll: bool) -> None:
        self._queue = queue
        self._long_poll = long_poll

    def hear(self, waiting: int) -> list[Received]:
        """Up to ten messages, or none after two seconds. waiting: how many answers are to come."""
        if waiting > MANY:
            time.sleep(BREATH_S)
        if self._long_poll or waiting > MANY:
            return self._queue.receive(wait_s=LONGEST_S)
        begun = time.monotonic()
        while True:
            messages = self._queue.receive(wait_s=0)
            waited = time.monotonic() - begun
            if messages or waited >= LONGEST_S:
                return messages
            time.sleep(min(LONGEST_GLANCE_S, max(SHORTEST_GLANCE_S, waited / 8)))
