"""Frames into the bucket as streams, or to the function URL, several at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from src.client.ledger import Frame, Ledger
from src.pipeline.contracts import MAX_KEY_BYTES, FrameKey, Response, Status
from src.pipeline.errors import FacelaneError, InvalidFrame, RetryableError
from src.pipeline.stores import ObjectStore, Posts

TRIES = 4  # on top of botocore's own, for a network that is away for some seconds


@dataclass(frozen=True)
class Uploaded:
    """How an upload ended: began at (seconds since 1970), seconds it took, or why there was none."""

    frame: Frame
    began: float
    seconds: float
    refused: Response | None = None


class Uploader:
    """Uploads the frames of a ledger. At most ``concurrency`` of them are under way."""

    def __init__(
        self,
        ledger: Ledger,
        target: ObjectStore | Posts,
        folder: Path,
        run_id: str,
        *,
        concurrency: int,
        max_bytes: int,
    ) -> None:
        self._ledger = ledger
        self._target = target
        self._folder = folder
        self._run_id = run_id
        self._concurrency = concurrency
        self._max_bytes = max_bytes

    def run(self, frames: Iterable[Frame | None]) -> Iterator[Uploaded | None]:
        """Upload frames as they come, yielding each once it is in the bucket or refused, and recorded in the ledger.

        Where frames yields None there is none for now, and so does this when no upload ended meanwhile.
        """
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="upload")
        under_way: set[Future[Uploaded]] = set()
        try:
            for frame in frames:
                if frame is not None:
                    under_way.add(pool.submit(self._one, frame))
                full = len(under_way) >= self._concurrency
                done, under_way = wait(under_way, None if full else 0, FIRST_COMPLETED)
                yield from map(self._recorded, done)
                if frame is None and not done:
                    yield None
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from map(self._recorded, done)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _recorded(self, future: Future[Uploaded]) -> Uploaded:
        outcome = future.result()
        if outcome.refused is not None:
            self._ledger.answered(outcome.refused)
        return outcome

    def _one(self, frame: Frame) -> Uploaded:
        path = self._folder / frame.filename
        began, clock = time.time(), time.perf_counter()
        try:
            size = path.stat().st_size
            if size > self._max_bytes:
                why = f"The file has {size} bytes; the limit is {self._max_bytes}."
                return self._refused(frame, began, Status.INVALID, why)
            self._ledger.upload_begins(frame.request_id, at=began)
            self._put(self._key(frame), path)
        except OSError as error:
            return self._refused(frame, began, Status.FAILED, f"The file cannot be read: {error.strerror or error}.")
        except InvalidFrame as error:
            return self._refused(frame, began, Status.INVALID, str(error))
        except FacelaneError as error:
            return self._refused(frame, began, Status.FAILED, str(error))
        seconds = time.perf_counter() - clock
        self._ledger.upload_done(frame.request_id, seconds=seconds)
        return Uploaded(frame, began, seconds)

    def _put(self, key: str, path: Path) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                return self._target.put_file(key, path)
            except RetryableError:
                if attempt == TRIES:
                    raise
                time.sleep(2.0**attempt / 2)
        return None

    def _key(self, frame: Frame) -> str:
        name = frame.filename
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:  # the answer is found by its request id; the key only has to be valid
            name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        name = "".join(c if c.isprintable() else "_" for c in name)  # S3 advises against control characters in keys
        key = str(FrameKey(self._run_id, frame.request_id, name))
        if len(key.encode()) > MAX_KEY_BYTES:
            suffix = Path(name).suffix
            key = str(FrameKey(self._run_id, frame.request_id, f"{Path(name).stem[:100]}{suffix}"))
        return key

    def _refused(self, frame: Frame, began: float, status: Status, why: str) -> Uploaded:
        readable = frame.filename.encode("utf-8", "replace").decode()
        refusal = Response(frame.request_id, self._run_id, readable, status, error=why)
        return Uploaded(frame, began, 0.0, refusal)
