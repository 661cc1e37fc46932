"""The run file: what a run has sent and learned so far, on disk, so that a run can be resumed and memory stays flat."""

from __future__ import annotations

import errno
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.pipeline.contracts import FORGOTTEN, Response, Status, dumps, loads
from src.pipeline.errors import ContractError, OutputError, PermanentError, UsageError

SCHEMA = """
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS frames (
    number INTEGER PRIMARY KEY,
    request_id TEXT UNIQUE NOT NULL,
    filename BLOB NOT NULL,      -- as the file system has it: names need not be valid Unicode
    uploaded_at REAL,            -- seconds since 1970, when the upload began
    upload_s REAL,               -- how long it took, once it is done
    status TEXT,
    answer TEXT                  -- the response as JSON, with end_to_end_s
);
CREATE INDEX IF NOT EXISTS open_frames ON frames (number) WHERE status IS NULL;
"""


@dataclass(frozen=True)
class Frame:
    """One frame of a run."""

    request_id: str
    filename: str
    uploaded_at: float | None
    upload_s: float | None
    answer: dict[str, Any] | None

    @property
    def is_forgotten(self) -> bool:
        """Whether its answer is that what it shows was to be forgotten."""
        return self.answer is not None and self.answer.get("error") == FORGOTTEN


class Ledger:
    """A run's frames in SQLite: one file, crash-safe, no more memory for a million frames than for ten.

    Safe to use from several threads. Raises UsageError when the file cannot be opened or is no run file, and
    OutputError when it cannot be written to; what it held before is still in it then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        is_new = not path.exists()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, error) from None
        try:
            if not is_new:  # somebody else's database is left as it is
                self._db.execute("SELECT 1 FROM run, frames LIMIT 1")
            self._db.execute("PRAGMA journal_mode = WAL")
            # A lost second of progress is asked for again on resume; a sync per frame would cost more.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA secure_delete = ON")  # an answer that is forgotten is overwritten, too
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            if is_new:
                self.remove()
            else:
                self.close()
            raise _unusable(path, error) from None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def settle(self) -> None:
        """Bring everything into the one file: what was there before is then nowhere any more."""
        with self._writing():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def remove(self) -> None:
        """Close it, and delete its file and those that SQLite keeps beside it."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The lock, and SQLite's errors (a full disk, most of all) as OutputError."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise OutputError(f"The run file {self.path} cannot be written to: {error}. Make room.") from error

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises UsageError when the file is damaged."""
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise _unusable(self.path, error) from None

    def remember(self, **facts: str) -> None:
        """Facts about the run itself: its id, input folder, when it began."""
        with self._writing():
            self._db.executemany("INSERT OR REPLACE INTO run VALUES (?, ?)", facts.items())

    def recall(self, name: str) -> str | None:
        rows = self._read("SELECT value FROM run WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def add(self, filenames: Iterable[str]) -> None:
        """New frames, each with a new request id."""
        rows = ((uuid.uuid4().hex, name.encode("utf-8", "surrogateescape")) for name in filenames)
        with self._writing():
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO frames (request_id, filename) VALUES (?, ?)", rows)
            self._db.execute("COMMIT")

    def add_one(self, filename: str) -> Frame:
        """A new frame of a run whose frames come while it lasts."""
        request_id = uuid.uuid4().hex
        with self._writing():
            self._db.execute(
                "INSERT INTO frames (request_id, filename) VALUES (?, ?)",
                (request_id, filename.encode("utf-8", "surrogateescape")),
            )
        return Frame(request_id, filename, None, None, None)

    def forget(self, request_id: str) -> None:
        """Take out a frame that will not be uploaded."""
        with self._writing():
            self._db.execute("DELETE FROM frames WHERE request_id = ?", (request_id,))

    def upload_begins(self, request_id: str, *, at: float) -> None:
        """From now on the frame may be answered: the answer can be faster than the reply to the upload."""
        with self._writing():
            self._db.execute("UPDATE frames SET uploaded_at = ? WHERE request_id = ?", (at, request_id))

    def upload_done(self, request_id: str, *, seconds: float) -> None:
        with self._writing():
            self._db.execute("UPDATE frames SET upload_s = ? WHERE request_id = ?", (seconds, request_id))

    def answered(self, response: Response) -> bool:
        """Keep the answer of one of this run's frames; False when it had one. A real answer replaces ``failed``."""
        with self._writing():
            changed = self._db.execute(
                "UPDATE frames SET status = ?, answer = ? WHERE request_id = ? AND "
                "(status IS NULL OR (status = ? AND ? <> status))",
                (response.status, dumps(response.to_json()), response.request_id, Status.FAILED, response.status),
            )
        return changed.rowcount > 0

    def reopen(self, request_ids: Iterable[str]) -> None:
        """Forget ``failed`` answers: these frames are waited for again, or uploaded where they are not."""
        rows = ((request_id, Status.FAILED) for request_id in request_ids)
        with self._writing():
            self._db.executemany(
                "UPDATE frames SET status = NULL, answer = NULL WHERE request_id = ? AND status = ?", rows
            )

    def upload_again(self, request_ids: Iterable[str]) -> None:
        """Take these frames, where they have no answer, for not uploaded."""
        rows = ((request_id,) for request_id in request_ids)
        with self._writing():
            self._db.executemany("UPDATE frames SET upload_s = NULL WHERE request_id = ? AND status IS NULL", rows)

    def correct(self, response: Response) -> None:
        """Put another answer in the place of the one that a frame has."""
        with self._writing():
            self._db.execute(
                "UPDATE frames SET status = ?, answer = ? WHERE request_id = ?",
                (response.status, dumps(response.to_json()), response.request_id),
            )

    def frame(self, request_id: str) -> Frame | None:
        return next(self._frames("WHERE request_id = ?", request_id), None)

    def frames(self) -> Iterator[Frame]:
        """Every frame in the order it was added."""
        return self._frames("")

    def to_upload(self) -> Iterator[Frame]:
        """Frames whose upload is not known to be done, and that have no answer."""
        return self._frames("WHERE upload_s IS NULL AND status IS NULL")

    def waiting(self, limit: int = -1) -> list[Frame]:
        """Frames that are uploaded and not answered, the oldest first."""
        return list(self._frames("WHERE upload_s IS NOT NULL AND status IS NULL", limit=limit))

    def failed(self) -> list[Frame]:
        """Frames whose answer is ``failed`` and that can be asked for again: not those that were forgotten."""
        frames = self._frames(f"WHERE status = '{Status.FAILED}'")
        return [frame for frame in frames if not frame.is_forgotten]

    def counts(self) -> dict[str, int]:
        """Frames by status, with ``total``, ``uploaded`` and ``missing`` (no answer yet)."""
        by_status = {status: n for status, n in self._read("SELECT status, COUNT(*) FROM frames GROUP BY status")}
        uploaded = self._read("SELECT COUNT(*) FROM frames WHERE upload_s IS NOT NULL")[0][0]
        missing = by_status.pop(None, 0)
        total = missing + sum(by_status.values())
        return {status: int(n) for status, n in by_status.items()} | {
            "total": total,
            "uploaded": int(uploaded),
            "missing": missing,
        }

    def _frames(self, where: str, *values: Any, limit: int = -1) -> Iterator[Frame]:
        # In pages by number: a cursor held open while other threads write would see some of their changes.
        last = 0
        clause = f"{where} {'AND' if where else 'WHERE'} number > ? ORDER BY number LIMIT ?"
        while limit:
            page = 500 if limit < 0 else min(500, limit)
            query = f"SELECT number, request_id, filename, uploaded_at, upload_s, answer FROM frames {clause}"  # noqa: S608
            rows = self._read(query, *values, last, page)
            for number, request_id, name, uploaded_at, upload_s, answer in rows:
                last = number
                yield Frame(
                    request_id,
                    bytes(name).decode("utf-8", "surrogateescape"),
                    uploaded_at,
                    upload_s,
                    None if answer is None else self._parsed(answer),
                )
            if len(rows) < page:
                return
            limit = limit - len(rows) if limit > 0 else limit

    def _parsed(self, answer: str) -> dict[str, Any]:
        try:
            return Response.from_json(loads(answer)).to_json()
        except ContractError as error:
            raise _unusable(self.path, error) from None


def _unusable(path: Path, error: Exception) -> PermanentError:
    full = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
    if getattr(error, "errno", 0) == errno.ENOSPC or getattr(error, "sqlite_errorcode", 0) & 0xFF in full:
        return OutputError(f"The run file {path} cannot be written to: {error}. Make room.")
    return UsageError(f"The run file {path} cannot be used: {error}.")


def response_in(frame: Frame) -> Response:
    """The answer of a frame that has one."""
    return Response.from_json(frame.answer if frame.answer is not None else loads("null"))
