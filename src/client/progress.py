"""One line that says how a run goes: rewritten in place on a terminal, a plain line now and then in a log."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm

from src.client.outputs import statistics_of

WINDOW_S = 10.0  # frames per second are those of the last seconds, not of the whole run
RECENT = 1000  # p50 and p95 are those of the last answers
EVERY_S = {True: 0.5, False: 10.0}  # between two lines, on a terminal and in a log


class Progress:
    """Counts of one run, safe to use from several threads.

    total: how many frames there will be, None while nobody knows; in_flight: uploaded and not answered so far.
    """

    def __init__(
        self, total: int | None, *, uploaded: int = 0, answered: int = 0, in_flight: int = 0, uploads: bool = True
    ) -> None:
        self._lock = threading.Lock()
        self._total = total
        self._uploaded = uploaded
        self._answered = answered
        self._in_flight = in_flight
        self._uploads = uploads
        self._began = time.monotonic()
        self._recent: deque[float] = deque()  # when the answers of the last WINDOW_S came
        self._latencies: deque[float] = deque(maxlen=RECENT)

    def upload(self) -> None:
        """A frame is in the bucket."""
        with self._lock:
            self._uploaded += 1
            self._in_flight += 1

    def answer(self, seconds: float | None, *, uploaded: bool = True) -> None:
        """A frame has its answer, after some seconds where that is known."""
        with self._lock:
            self._answered += 1
            self._in_flight -= uploaded
            self._recent.append(time.monotonic())
            if seconds is not None:
                self._latencies.append(seconds)

    def line(self) -> str:
        """``uploaded 12 of 40, in flight 3, answered 9, 4.5 frames/s, p50 0.21 s, p95 0.40 s``."""
        now = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0] < now - WINDOW_S:
                self._recent.popleft()
            rate = len(self._recent) / max(0.001, min(WINDOW_S, now - self._began))
            of = "" if self._total is None else f" of {self._total}"
            # An answer can be faster than the reply to its upload: for that moment one less is in flight than none.
            sent = [f"uploaded {self._uploaded}{of}", f"in flight {max(0, self._in_flight)}"] if self._uploads else []
            parts = [*sent, f"answered {self._answered}{'' if sent else of}", f"{rate:.1f} frames/s"]
            latencies = list(self._latencies)
        if latencies:
            found = statistics_of(latencies)
            parts += [f"p50 {found['p50']:.2f} s", f"p95 {found['p95']:.2f} s"]
        return ", ".join(parts)


@contextmanager
def shown(progress: Progress) -> Iterator[None]:
    """Show the line on stderr for the length of the block, and a last time at its end.

    Only a terminal gets control characters; elsewhere every line is a line, and one that says nothing new is left out.
    """
    terminal = sys.stderr.isatty()
    over = threading.Event()
    bar = tqdm(bar_format="{desc}", file=sys.stderr, dynamic_ncols=True, disable=not terminal)
    said = ""

    def say() -> None:
        nonlocal said
        line = progress.line()
        if terminal:
            bar.set_description_str(line)
        elif line != said:
            print(line, file=sys.stderr, flush=True)
        said = line

    def tick() -> None:
        while not over.wait(EVERY_S[terminal]):
            say()

    ticker = threading.Thread(target=tick, name="progress", daemon=True)
    ticker.start()
    try:
        yield
    finally:
        over.set()
        ticker.join()
        say()
        bar.close()


def say_line(line: str, file: TextIO | None = None) -> None:
    """Print a line (on stdout) at once, above the line of progress where that is on the same terminal."""
    file = file or sys.stdout
    tqdm.write(line, file=file)
    file.flush()
