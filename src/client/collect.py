"""Answers from the response queue, and from the table for what the queue does not bring."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from src.client.ledger import Frame, Ledger
from src.client.listening import MANY, Listener
from src.client.whereabouts import Dead, Whereabouts
from src.pipeline.contracts import Response, loads
from src.pipeline.errors import ContractError, PermanentError, RetryableError, StorageRefused
from src.pipeline.stores import Queue, Received, ResultTable
from src.pipeline.stores.results import response_of

SWEEP_S = (1.0, 8.0)  # shortest and longest time between two looks into the table
SWEEP_FRAMES = 100
STALLED_S = 5.0  # without an answer for so long, the dead-letter queues are looked into
LOOK_AGAIN_S = 15.0
OVERDUE_S = 30.0  # while frames keep coming, one that waits for so long is asked for though others are answered


class Collector:
    """Gathers the answers of one run until all frames are answered or nothing comes any more.

    on_answer: called with each new answer. long_poll: see ``Listener``.
    """

    def __init__(
        self,
        ledger: Ledger,
        queue: Queue,
        table: ResultTable,
        whereabouts: Whereabouts,
        run_id: str,
        *,
        timeout_s: float,
        keep_days: int,
        on_answer: Callable[[Response], None],
        long_poll: bool = True,
    ) -> None:
        self._ledger = ledger
        self._queue = queue
        self._listener = Listener(queue, long_poll=long_poll)
        self._table = table
        self._whereabouts = whereabouts
        self._run_id = run_id
        self._timeout_s = timeout_s
        self._keep_days = keep_days
        self._on_answer = on_answer
        self._coming = False
        self._last_news = time.monotonic()
        self._sweep_wait = SWEEP_S[0]
        self._next_sweep = time.monotonic() + self._sweep_wait
        self._next_look = time.monotonic() + STALLED_S

    def run(self, uploads_done: threading.Event, stop: threading.Event) -> None:
        """Collect until every frame is answered, or each that is not has waited for ``timeout_s``.

        A frame's wait counts from its upload, and anew from every answer to another frame of the run: a long
        queue that moves is waited for, one that stands still is not.
        """
        while not stop.is_set():
            if uploads_done.is_set() and self._ledger.counts()["missing"] == 0:
                return
            self._coming = not uploads_done.is_set()
            if self._coming:
                self._last_news = time.monotonic()
            elif time.monotonic() - self._last_news > self._timeout_s:
                return
            try:
                self.once()
            except RetryableError:
                time.sleep(1)  # the stores are away for a while; the time out above still counts

    def once(self) -> None:
        """One long poll, and a look into the table when the queue brought nothing of ours for a while."""
        messages = self._listener.hear(len(self._ledger.waiting(MANY + 1)))
        arrived = time.time()
        mine = self._sort(messages, arrived)
        if messages and not mine:
            time.sleep(0.2)  # only other clients' messages: let their owners have a turn
        overdue = self._coming and self._overdue()
        if mine and not overdue:
            self._sweep_wait = SWEEP_S[0]
            self._next_sweep = time.monotonic() + self._sweep_wait
        elif time.monotonic() >= self._next_sweep:
            self._sweep()
            now = time.monotonic()
            if now >= self._next_look and (overdue or now - self._last_news >= STALLED_S):
                self._look_for_the_dead()

    def _sort(self, messages: list[Received], arrived: float) -> int:
        done: list[Received] = []
        foreign: list[Received] = []
        for message in messages:
            try:
                response = Response.from_json(loads(message.body))
            except ContractError:
                done.append(message)  # no client could ever read it
                continue
            if response.run_id != self._run_id:
                foreign.append(message)
                continue
            timing = {"resp_queue_s": max(0.0, arrived - message.sent_at)}
            self._take(replace(response, timings=response.timings | timing), arrived)
            done.append(message)
        self._queue.give_back(foreign)
        self._queue.delete(done)  # after they are in the ledger: a crash before this only repeats them
        return len(messages) - len(foreign)

    def _overdue(self) -> bool:
        oldest = self._ledger.waiting(1)
        began = oldest[0].uploaded_at if oldest else None
        return began is not None and time.time() - began > OVERDUE_S

    def _sweep(self) -> None:
        waiting = self._ledger.waiting(SWEEP_FRAMES)
        found = self._table.get_many([frame.request_id for frame in waiting]) if waiting else []
        for item in found:
            self._take(response_of(item), time.time())
        low, high = SWEEP_S
        self._sweep_wait = 0.0 if len(found) == SWEEP_FRAMES else low if found else min(high, self._sweep_wait * 2)
        self._next_sweep = time.monotonic() + self._sweep_wait

    def _look_for_the_dead(self) -> None:
        """Answer ``failed`` for frames that were dead-lettered before any function could: each try crashed, say."""
        self._next_look = time.monotonic() + LOOK_AGAIN_S
        try:
            found = self._whereabouts.dead(self._run_id)
        except PermanentError:
            return  # no permission to look there: these frames are missing at the end, and named
        for dead in found:
            frame = self._ledger.frame(dead.frame.request_id)
            if frame is not None and frame.answer is None:
                self._give_up(dead)

    def _give_up(self, dead: Dead) -> None:
        response = dead.answer()
        try:
            recorded = self._table.record(response, keep_days=self._keep_days)
        except StorageRefused:
            recorded = True  # a client that may not write still says so to its user
        if not recorded:
            item = self._table.get(response.request_id)  # somebody was faster: that is the answer
            if item is None:
                return
            response = response_of(item)
        self._take(response, time.time())

    def _take(self, response: Response, arrived: float) -> None:
        frame = self._ledger.frame(response.request_id)
        if frame is None:
            return
        timed = _timed(response, frame, arrived)
        if self._ledger.answered(timed):
            self._last_news = time.monotonic()
            self._on_answer(timed)


def _timed(response: Response, frame: Frame, arrived: float) -> Response:
    timings = dict(response.timings)
    if frame.uploaded_at is not None:
        timings["end_to_end_s"] = max(0.0, arrived - frame.uploaded_at)
    if frame.upload_s is not None:
        timings["upload_s"] = frame.upload_s
    return replace(response, timings=timings)
