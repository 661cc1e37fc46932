"""``--video``: one recording, from its source to its answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from src.client.backlog import Backlog
from src.client.live import live_run
from src.client.run import Frames, Run
from src.client.stopping import ends_the_input
from src.client.video.capture import Capture, Plan
from src.client.video.keep import Keeper
from src.client.video.notices import Notices
from src.client.video.source import open_source
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection

NEWEST_WAITING = 2  # frames that may wait for a free upload where only the newest count


class VideoSession:
    """Captures while the run uploads. newest: drop frames when the network is behind, instead of waiting for it."""

    def __init__(self, plan: Plan, run: Run, notices: Notices, *, newest: bool, keep: bool) -> None:
        self.run = run
        self._plan = plan
        self._notices = notices
        self._newest = newest
        self._keep = keep
        self._capture: Capture | None = None
        self._keeper: Keeper | None = None

    @property
    def wrong(self) -> bool:
        return self._notices.wrong

    @contextmanager
    def running(self, settings: Settings) -> Iterator[Frames]:
        """The frames, captured during the block."""
        stop = threading.Event()
        # A camera does not wait: its frames do, on disk. A file's decoding waits, so that the disk does not fill.
        waiting = NEWEST_WAITING if self._newest else settings.concurrency if self._plan.source.is_file else None
        backlog = Backlog(self.run.ledger, self.run.folder, limit=waiting, newest=self._newest)
        self._capture = Capture(self._plan, backlog, self._notices, stop)
        if self._keep:
            prefix = f"videos/{self.run.run_id}/{self._plan.source.stem}"
            self._keeper = Keeper(Connection(settings), settings.need("bucket"), prefix, self._notices)
        with ends_the_input(stop), self._capture.running(self._keeper):
            yield backlog.frames()

    def facts(self) -> dict[str, Any]:
        found = {} if self._capture is None else self._capture.facts()
        return {"video": found | ({"kept": self._keeper.kept} if self._keeper else {})}

    def closing_lines(self, summary: dict[str, Any]) -> Iterator[str]:
        """What was taken from the source, and where the video is."""
        video = summary.get("video", {})
        if "picked" not in video:
            return
        left = [f"{video[name]} {name}" for name in ("dropped", "unchanged") if video[name]]
        gone = f"; {len(video['gaps'])} gaps" if video["gaps"] else ""
        sent = ", ".join([f"{video['picked']} frames picked", f"{video['sent']} sent", *left])
        yield f"{video['seconds']:.1f} s of {video['source']}, every {video['every_s']:g} s: {sent}{gone}"
        for url in video.get("kept", []):
            yield f"The video is in {url}"


@contextmanager
def begin_video(plan: Plan, out: Path, *, newest: bool, keep: bool) -> Iterator[VideoSession]:
    """A new recording. Raises NoVideo for a source that cannot be used, before anything is started for it."""
    container, _ = open_source(plan.source)
    container.close()
    notices = Notices()
    made: list[VideoSession] = []
    stills = "yes" if plan.changed_only else "no"
    facts = {"every_s": str(float(plan.every)), "source": plan.source.shown, "stills": stills}
    with live_run(out, None, lambda: made[0].facts(), **facts) as run:
        made.append(VideoSession(plan, run, notices, newest=newest, keep=keep))
        yield made[0]
