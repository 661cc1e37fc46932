"""The thread that decodes: picks frames, keeps them for upload, and ends cleanly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from src.client.backlog import Backlog
from src.client.video.names import frame_name
from src.client.video.notices import Notices
from src.client.video.pick import Picker
from src.client.video.picture import ChangeDetector, jpeg, upright
from src.client.video.reader import Reader
from src.client.video.source import Source
from src.client.video.stream import PacketSink
from src.pipeline.errors import FacelaneError


@dataclass(frozen=True)
class Plan:
    """What to take from a source. every, duration: seconds. realtime: a file is played at its own speed."""

    source: Source
    every: Fraction
    duration: Fraction | None = None
    changed_only: bool = False
    realtime: bool = False
    patience_s: float = 300.0  # how long a camera may stay away


class Capture:
    """Reads a source in a thread of its own, from ``begin`` until the source ends or ``stop`` is set."""

    def __init__(self, plan: Plan, backlog: Backlog, notices: Notices, stop: threading.Event) -> None:
        self._plan = plan
        self._backlog = backlog
        self._notices = notices
        self._stop = stop
        self._error: BaseException | None = None
        self._facts: dict[str, Any] = {}

    @contextmanager
    def running(self, sink: PacketSink | None = None) -> Iterator[None]:
        """Capture during the block; at its end the source is closed. Raises what broke the capture, if that did."""
        thread = threading.Thread(target=self._run, args=(sink,), name="capture")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._backlog.close()
            thread.join()
        if self._error is not None:
            raise self._error

    def facts(self) -> dict[str, Any]:
        """What the summary says of the video."""
        return self._facts | {"notices": self._notices.to_json()}

    def _run(self, sink: PacketSink | None) -> None:
        try:
            self._read(sink)
        except (FacelaneError, OSError) as error:  # the source is not there, the disk is full
            self._notices.say(None, f"The recording ends: {error}", wrong=True)
        except BaseException as error:
            self._error = error
        finally:
            self._backlog.close()

    def _read(self, sink: PacketSink | None) -> None:
        plan, began, unchanged = self._plan, time.monotonic(), 0
        reader = Reader(plan.source, self._notices, self._stop, patience_s=plan.patience_s, sink=sink)
        picker = Picker(plan.every, reader.interval, plan.duration)
        changes = ChangeDetector()
        last = Fraction(0)
        moments = reader.moments()
        try:
            for moment in moments:
                if picker.over(moment.time_s):
                    break
                last = moment.time_s
                if not picker.due(moment.time_s):
                    continue
                if plan.realtime and not reader.live:
                    self._stop.wait(max(0.0, began + float(moment.time_s) - time.monotonic()))
                image = upright(moment.frame)
                if plan.changed_only and not changes.is_new(image):
                    unchanged += 1
                elif not self._backlog.add(frame_name(plan.source.stem, moment.time_s), jpeg(image)):
                    break
        finally:
            moments.close()
            self._facts = {
                "source": plan.source.shown,
                "every_s": float(plan.every),
                "seconds": round(float(last + reader.interval) if reader.decoded else 0.0, 3),
                "decoded": reader.decoded,
                "picked": self._backlog.added + unchanged,
                "sent": self._backlog.added - self._backlog.dropped,
                "dropped": self._backlog.dropped,
                "unchanged": unchanged,
                "empty_slots": picker.empty,
                "gaps": reader.gaps,
            }
