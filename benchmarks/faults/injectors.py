"""Faults that are not the network's: processes killed and stopped, poison in the queues."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import psutil

from src.pipeline.errors import FacelaneError
from src.pipeline.stores import Queue

POISON = (
    "this is no JSON", "[]", "{}", '{"Records": [{}]}', '{"Records": 7}', '{"request_id": 7}', '{"status": "?"}',
    json.dumps({"request_id": "p", "run_id": "nobody", "filename": "p.jpg", "faces": [{}], "crops": "AAAA",
                "image_size": [1, 1], "timings": {}}),
)  # fmt: skip


class Repeated:
    """Does something at random times, on a thread of its own, until stopped."""

    def __init__(self, action: Callable[[], None], every_s: tuple[float, float], seed: int) -> None:
        self._action, self._every, self._random = action, every_s, random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._random.uniform(*self._every)):
            self._action()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


class Processes:
    """The functions' processes of one embedded stack, and no others."""

    def __init__(self, stack_pid: int, seed: int = 0, injected: Counter[str] | None = None) -> None:
        self._root = psutil.Process(stack_pid)
        self._random = random.Random(seed)
        self._injected = Counter() if injected is None else injected

    def all(self) -> list[psutil.Process]:
        found = []
        for process in self._root.children(recursive=True):
            try:
                if "awslambdaric" in process.cmdline():
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def kill_one(self) -> None:
        self._signal(signal.SIGKILL, "kills")

    def stop_one(self) -> None:
        """It hangs from now on: it will be timed out."""
        self._signal(signal.SIGSTOP, "hangs")

    def _signal(self, number: int, what: str) -> None:
        found = self.all()
        if not found:
            return
        try:
            self._random.choice(found).send_signal(number)
            self._injected[what] += 1
        except psutil.Error:
            return


def poison(queues: list[Queue], injected: Counter[str]) -> None:
    """Every kind of poison into each of the queues."""
    for queue in queues:
        for body in POISON:
            try:
                queue.send_text(body)
                injected["poison"] += 1
            except FacelaneError:
                time.sleep(0.5)
