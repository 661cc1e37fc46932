"""Ctrl-C while frames come in: the first ends the input and keeps what is there, the second ends everything."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from src.client.progress import say_line


@contextmanager
def ends_the_input(stop: threading.Event) -> Iterator[None]:
    """During the block, Ctrl-C and SIGTERM set ``stop`` the first time, and act as usual after that."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, _: Any) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])
        say_line("Ending; waiting for the answers that are under way. Ctrl-C again gives them up.", sys.stderr)

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
