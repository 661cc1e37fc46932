"""What happened to a video on the way, told when it happens and again in the summary."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from src.client.progress import say_line
from src.client.video.names import clock_face


@dataclass(frozen=True)
class Notice:
    """time_s: seconds into the video. wrong: something is missing because of it."""

    time_s: float
    text: str
    wrong: bool


class Notices:
    """All that happened. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Notice] = []

    def say(self, time_s: Fraction | None, text: str, *, wrong: bool = False) -> None:
        """text is a sentence."""
        notice = Notice(round(float(time_s or 0), 3), text, wrong)
        with self._lock:
            self._all.append(notice)
        say_line(f"{clock_face(notice.time_s)}  {text}", sys.stderr)

    @property
    def wrong(self) -> bool:
        with self._lock:
            return any(notice.wrong for notice in self._all)

    def to_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{"time_s": n.time_s, "text": n.text, "wrong": n.wrong} for n in self._all]
