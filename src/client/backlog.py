"""Frames that are captured and wait for their upload: on disk and in the ledger, so that none of them can be lost."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from src.client.ledger import Frame, Ledger

IDLE_S = 0.2  # between two looks when nothing waits


class Backlog:
    """Between the one who captures frames and the one who uploads them.

    limit: how many frames may wait; None for any number. When the limit is reached, the one who captures waits,
    or, where only the newest count, the frames that wait longest are dropped.
    """

    def __init__(self, ledger: Ledger, folder: Path, *, limit: int | None, newest: bool = False) -> None:
        self._ledger = ledger
        self._folder = folder
        self._limit = limit
        self._newest = newest
        self._waiting: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self.added = 0
        self.dropped = 0

    def add(self, filename: str, data: bytes) -> bool:
        """Keep a frame for upload; False when nothing is taken any more."""
        with self._changed:
            while not self._newest and self._full() and not self._closed:
                self._changed.wait(IDLE_S)
            if self._closed:
                return False
        path = self._folder / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        frame = self._ledger.add_one(filename)  # after the file is there: a run that is resumed finds it
        with self._changed:
            while self._full():
                if not self._newest:
                    break
                self._drop(self._waiting.popleft())
            self._waiting.append(frame)
            self.added += 1
            self._changed.notify_all()
        return True

    def close(self) -> None:
        """No more frames come; those that wait are still uploaded."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def frames(self) -> Iterator[Frame | None]:
        """The frames in order of time, None now and then while there is none; ends after ``close``."""
        while True:
            with self._changed:
                if not self._waiting and not self._closed:
                    self._changed.wait(IDLE_S)
                if not self._waiting and self._closed:
                    return
                frame = self._waiting.popleft() if self._waiting else None
                self._changed.notify_all()
            yield frame

    def _full(self) -> bool:
        return self._limit is not None and len(self._waiting) >= self._limit

    def _drop(self, frame: Frame) -> None:
        self._ledger.forget(frame.request_id)
        (self._folder / frame.filename).unlink(missing_ok=True)
        self.dropped += 1
