"""``watch FOLDER``: a camera's FTP drop, say. Images are sent as they appear, until Ctrl-C."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from src.client.arrivals import Arrivals
from src.client.folder import check_folder
from src.client.live import live_run
from src.client.progress import say_line
from src.client.run import Frames, Run
from src.client.stopping import ends_the_input
from src.pipeline.errors import UsageError
from src.pipeline.settings import Settings

LOOK_S = 0.3


class WatchSession:
    """Sends what arrives in a folder."""

    def __init__(self, run: Run, arrivals: Arrivals) -> None:
        self.run = run
        self._arrivals = arrivals
        self._stop = threading.Event()
        self.wrong = False

    @contextmanager
    def running(self, settings: Settings) -> Iterator[Frames]:
        """The images, as they appear, until the first Ctrl-C."""
        left = f"; {self._arrivals.left} were there before and are left alone" if self._arrivals.left else ""
        say_line(f"Watching {self.run.folder}{left}. Ctrl-C ends it.", sys.stderr)
        with ends_the_input(self._stop):
            yield self._frames()

    def closing_lines(self, summary: dict[str, Any]) -> Iterator[str]:
        if self._arrivals.incomplete():
            yield f"{self._arrivals.incomplete()} images in {self.run.folder} were not complete and were not sent."

    def _frames(self) -> Frames:
        readable = True
        while True:
            last = self._stop.is_set()
            try:
                names = self._arrivals.look(last=last)
                if not readable:
                    say_line(f"{self.run.folder} is back.", sys.stderr)
                readable = True
            except UsageError as error:  # a share that is away, a folder that was just removed
                names = []
                if readable:
                    say_line(f"{error} Looking again.", sys.stderr)
                readable = False
            for name in names:
                yield self.run.ledger.add_one(name)
            if last:
                self.wrong = not readable
                return
            yield None
            self._stop.wait(LOOK_S)


@contextmanager
def begin_watch(folder: Path, out: Path, *, existing: bool) -> Iterator[WatchSession]:
    """A new run of what arrives from now on. Raises UsageError when there is no such folder."""
    check_folder(folder)
    arrivals = Arrivals(folder, existing=existing)
    with live_run(out, folder, lambda: {"watched": str(folder), "left_alone": arrivals.left}) as run:
        yield WatchSession(run, arrivals)
