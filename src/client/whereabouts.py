"""Where the frames are that have no answer: in which queue, or given up and dead-lettered."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from src.pipeline.contracts import FrameKey, Response, Status
from src.pipeline.dead_letters import frames_of
from src.pipeline.errors import ContractError, FacelaneError
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue, Received

MARGIN_S = 5  # so much longer a dead letter is hidden from others than we look, should we die meanwhile
LOOK_S, ALL_S = 5, 600
LOOK_MESSAGES = 5000


@dataclass(frozen=True)
class Dead:
    """A frame that was given up, and the dead-letter queue its message lies in."""

    frame: FrameKey
    queue: str

    def answer(self) -> Response:
        error = f"It was tried again and again, then given up; its message is in {self.queue}."
        frame = self.frame
        return Response(frame.request_id, frame.run_id, frame.filename, Status.FAILED, error=error)


class Whereabouts:
    """Looks into the dead-letter queues, and asks the others how much is in them. It changes nothing."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._dead = [Queue(connection, settings.need(name)) for name in ("frame_dlq_url", "req_dlq_url")]
        self._live = [Queue(connection, settings.need(name)) for name in ("frame_queue_url", "req_queue_url")]

    def dead(self, run_id: str | None = None, *, all_of_them: bool = False) -> list[Dead]:
        """The dead-lettered frames of a run, or of all. Raises NotFound, StorageUnavailable and StorageRefused.

        all_of_them: look until there is no more; else only for some seconds, as who looks again later does.
        """
        found: list[Dead] = []
        # SQS asked for what it has at once may overlook messages; asked to wait, it does not.
        wait_s, longest_s, most = (1, ALL_S, sys.maxsize) if all_of_them else (0, LOOK_S, LOOK_MESSAGES)
        for queue in self._dead:
            seen: list[Received] = []
            until = time.monotonic() + longest_s
            try:
                while len(seen) < most and time.monotonic() < until:
                    batch = queue.receive(wait_s=wait_s, hidden_s=longest_s + MARGIN_S)
                    if not batch:
                        break
                    seen += batch
            finally:
                queue.give_back(seen)
            found += [
                Dead(frame, queue.name)
                for message in seen
                for frame in _frames_of(message)
                if run_id in (None, frame.run_id)
            ]  # fmt: skip
        return found

    def depths(self) -> dict[str, int]:
        """About how many messages each queue holds that feeds a function."""
        return {queue.name: queue.depth() for queue in self._live}

    def say(self) -> str:
        """Where an uploaded frame without an answer must be, in words."""
        try:
            depths = {name: depth for name, depth in self.depths().items() if depth}
        except FacelaneError as error:
            return f"no answer came, and where it is cannot be asked: {error}"
        if not depths:
            return (
                "it is in no queue: its event was lost or has expired, "
                "or Lambda itself still tries it (trigger direct); --resume uploads it again"
            )
        places = " or ".join(f"{name} ({depth} waiting or being worked on)" for name, depth in depths.items())
        return f"it is in {places}"


def _frames_of(message: Received) -> list[FrameKey]:
    try:
        return frames_of(message.body)
    except ContractError:
        return []  # nobody's
