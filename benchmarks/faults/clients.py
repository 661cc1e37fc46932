"""``python -m src.client`` as a user runs it, who also kills it, lets its disk fill up, and starts it again."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from src.client.ledger import Ledger
from src.pipeline.settings import PROJECT_ROOT

T = TypeVar("T")


class Client:
    """One run, through as many processes as it takes. said: the last process's stderr."""

    def __init__(self, record: Path, frames: Path, out: Path, *, timeout_s: float) -> None:
        self._frames, self._out, self._timeout_s = frames, out, timeout_s
        self._env = os.environ | {"FACELANE_DEPLOYMENT_FILE": str(record), "FACELANE_RECOGNIZER": "dlib"}
        self.starts = 0
        self.said = ""

    @property
    def run_file(self) -> Path | None:
        return next((self._out / "runs").glob("*.sqlite"), None)

    def start(self, *, room: int | None = None, kill_after_s: float | None = None) -> int:
        """Run it to its end, or kill it after a while; its exit code. room: bytes that a file may have."""
        found = self.run_file
        go_on = ["--resume", str(found)] if found else ["--input", str(self._frames)]
        self.starts += 1
        process = subprocess.Popen(
            [sys.executable, "-m", "src.client", *go_on, "--out", str(self._out), "--timeout", str(self._timeout_s)],
            cwd=PROJECT_ROOT, env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=None if room is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        )  # fmt: skip
        try:
            _, self.said = process.communicate(timeout=kill_after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            _, self.said = process.communicate()
        return process.returncode

    def redrive(self) -> tuple[int, int]:
        """Messages moved and left, by ``python -m src.aws redrive``."""
        done = subprocess.run(
            [sys.executable, "-m", "src.aws", "redrive"],
            cwd=PROJECT_ROOT, env=self._env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        moved = sum(map(int, re.findall(r": (\d+) moved", done.stdout)))
        return moved, sum(map(int, re.findall(r": (\d+) left", done.stderr)))

    def ledger(self, ask: Callable[[Ledger], T]) -> T:
        found = self.run_file
        if found is None:
            raise SystemExit(f"The client left no run file: {self.said}")
        ledger = Ledger(found)
        try:
            return ask(ledger)
        finally:
            ledger.close()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.5)
    return False
