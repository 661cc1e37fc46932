"""One run: scan, upload, collect, write. What a cloud run and a local one have in common is here too."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from src.client.collect import Collector
from src.client.folder import check_folder, files_in
from src.client.ledger import Frame, Ledger
from src.client.outputs import write_all
from src.client.pick_up import pick_up
from src.client.progress import Progress, shown
from src.client.upload import Uploader
from src.client.whereabouts import Whereabouts
from src.pipeline.contracts import Response
from src.pipeline.errors import OutputError, UsageError
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, ObjectStore, Posts, Queue, ResultTable

Frames = Iterable[Frame | None]  # None: there is no new frame for now


@dataclass(frozen=True)
class Run:
    """A run's id, its folder of frames, its ledger, where its files go, how many files were no frames.

    complete: whether all its frames are in the ledger from the start; on_answer: called with each new answer;
    resumed: whether it was broken off before; more_facts: asked at the end for what else the summary says.
    """

    run_id: str
    folder: Path
    ledger: Ledger
    out: Path
    skipped: int
    complete: bool = True
    on_answer: Callable[[Response], None] = lambda response: None
    resumed: bool = False
    more_facts: Callable[[], dict[str, Any]] = dict


def new_run_id() -> str:
    """Sorts by time and is unique enough for several clients on several machines."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def run_file(out: Path, run_id: str) -> Path:
    return out / "runs" / f"{run_id}.sqlite"


@contextmanager
def begin(folder: Path, out: Path) -> Iterator[Run]:
    """A new run of all frames in a folder. Raises UsageError when there is none."""
    check_folder(folder)
    run_id = new_run_id()
    names = list(files_in(folder))
    frames = [name for name, is_frame in names if is_frame]
    if not frames:
        raise UsageError(f"There are no images in {folder}" + (f" ({len(names)} other files)." if names else "."))
    ledger = Ledger(run_file(out, run_id))
    skipped = len(names) - len(frames)
    try:
        ledger.remember(run_id=run_id, folder=str(folder.resolve()), skipped=str(skipped))
        ledger.add(frames)
    except OutputError:
        ledger.remove()  # half a list of frames is no run to go on with
        raise
    try:
        yield Run(run_id, folder, ledger, out, skipped)
    finally:
        ledger.close()


@contextmanager
def resume(path: Path, out: Path) -> Iterator[Run]:
    """A run that was broken off. Raises UsageError when its file or its folder is not there."""
    if not path.is_file():
        raise UsageError(f"There is no run file {path}.")
    ledger = Ledger(path)
    try:
        run_id, folder = ledger.recall("run_id"), ledger.recall("folder")
        if run_id is None or folder is None:
            raise UsageError(f"{path} is not the run file of a run.")
        check_folder(Path(folder))
        ledger.reopen(frame.request_id for frame in ledger.failed() if frame.upload_s is None)
        skipped = ledger.recall("skipped") or "0"
        if not skipped.isdecimal():
            raise UsageError(f"{path} is damaged: {skipped!r} files were skipped.")
        yield Run(run_id, Path(folder), ledger, out, int(skipped), resumed=True)
    finally:
        ledger.close()


def run_cloud(run: Run, settings: Settings, frames: Frames | None = None, *, url: str | None = None) -> dict[str, Any]:
    """Upload and collect against a deployment (bucket, table and queue URLs are in settings); the summary.

    frames: those to upload, as they come; all that the ledger has not uploaded when left out. url: where they
    are posted to, in place of the bucket. Ctrl-C ends the run early: what came so far is written before
    KeyboardInterrupt is raised again.
    """
    connection = Connection(settings, pool=settings.concurrency + 4)
    table, whereabouts = ResultTable(connection, settings.need("table")), Whereabouts(connection, settings)
    if run.resumed:
        pick_up(run.ledger, table, whereabouts, run.run_id)
    progress = progress_of(run)
    begun = time.perf_counter()
    uploads_done, stop = threading.Event(), threading.Event()
    failure: list[BaseException] = []

    def learned(response: Response) -> None:
        progress.answer(response.timings.get("end_to_end_s"))
        run.on_answer(response)

    collector = Collector(
        run.ledger,
        Queue(connection, settings.need("resp_queue_url")),
        table,
        whereabouts,
        run.run_id,
        timeout_s=settings.timeout_s,
        keep_days=settings.record_days,
        on_answer=learned,
        long_poll=not settings.embedded,
    )

    def collect() -> None:
        try:
            collector.run(uploads_done, stop)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=collect, name="collect")
    uploader = Uploader(
        run.ledger,
        Posts(connection, url) if url else ObjectStore(connection, settings.need("bucket")),
        run.folder,
        run.run_id,
        concurrency=settings.concurrency,
        max_bytes=settings.max_frame_bytes,
    )
    with shown(progress):
        thread.start()
        try:
            for uploaded in uploader.run(run.ledger.to_upload() if frames is None else frames):
                if uploaded is None:
                    pass
                elif uploaded.refused is None:
                    progress.upload()
                else:
                    progress.answer(None, uploaded=False)
                    run.on_answer(uploaded.refused)
                if failure:
                    break
            uploads_done.set()
            while thread.is_alive():
                thread.join(0.2)
        finally:
            stop.set()
            thread.join()
            if run.ledger.waiting(1):
                run.ledger.remember(whereabouts=whereabouts.say())
            summary = write_all(run.ledger, run.out, kind="aws", facts=facts_of(run, begun, "aws", settings.recognizer))
    if failure:
        raise failure[0]
    return summary


def progress_of(run: Run, *, uploads: bool = True) -> Progress:
    """Where a run stands before it goes on."""
    counts = run.ledger.counts()
    return Progress(
        counts["total"] if run.complete else None,
        uploaded=counts["uploaded"],
        answered=counts["total"] - counts["missing"],
        in_flight=len(run.ledger.waiting()),
        uploads=uploads,
    )


def facts_of(run: Run, begun: float, exec_type: str, model: str) -> dict[str, Any]:
    """What the summary says of a run besides its frames. begun: ``perf_counter`` seconds."""
    seconds = time.perf_counter() - begun
    counts = run.ledger.counts()
    done = counts["total"] - counts["missing"]
    return {
        "run_id": run.run_id,
        "input": str(run.folder.resolve()),
        "exec_type": exec_type,
        "model": model,
        "skipped_files": run.skipped,
        "seconds": round(seconds, 3),
        "frames_per_s": round(done / seconds, 3) if seconds else None,
        **run.more_facts(),
    }
