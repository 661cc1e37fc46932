"""A run as it was left behind: the files in out/, or its run file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.client.folder import check_folder
from src.client.ledger import Ledger
from src.client.outputs import record_of, summarize
from src.client.run import run_file
from src.pipeline.contracts import FaceResult, Response, Status, Timings
from src.pipeline.errors import ContractError, UsageError

MISSING = "missing"


@dataclass(frozen=True)
class Shot:
    """One frame and its answer; status is one of Status, or ``missing``."""

    filename: str
    status: str
    faces: tuple[FaceResult, ...] = ()
    timings: Mapping[str, float | bool] | None = None
    error: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class ShownRun:
    """What is shown: the frames in their order, the summary, the folder they were read from (if known).

    results: the folder that holds the run's files; None for a run that was read from its run file. appearances: what
    appearances.json says, where it is there and of this run.
    """

    shots: tuple[Shot, ...]
    summary: Mapping[str, Any]
    frames: Path | None
    results: Path | None
    appearances: Mapping[str, Any] | None = None


def open_run(run: str | None, out: Path, *, frames: Path | None = None) -> ShownRun:
    """The run that ``report RUN`` means; without one, the last of an out folder.

    frames: where the frames are now. Raises UsageError when there is no such run, folder or readable file.
    """
    if frames is not None:
        check_folder(frames)
    if run is None:
        return _from_folder(out, frames)
    path = Path(run)
    if path.is_dir():
        return _from_folder(path, frames)
    if path.is_file():
        return _from_ledger(path, out, frames)
    if path.name == run and run_file(out, run).is_file():
        return _from_ledger(run_file(out, run), out, frames)
    raise UsageError(
        f"There is no run {run}. Give a folder that holds summary.json, a run file ({out}/runs/*.sqlite) or a run's id."
    )


def _from_folder(folder: Path, frames: Path | None) -> ShownRun:
    path = folder / "summary.json"
    if not path.is_file():
        raise UsageError(f"There are no results in {folder}: python -m src.client --input FOLDER writes some.")
    summary = _json(path)
    if not isinstance(summary, dict):
        raise UsageError(f"{path} is not the summary of a run.")
    kind = "local" if summary.get("exec_type") == "local" else "aws"
    path = folder / f"detections_{kind}.json"
    records = _json(path)
    if not isinstance(records, list):
        raise UsageError(f"{path} is not a list of records.")
    known = summary.get("input")
    where = frames or (Path(known) if isinstance(known, str) else None)
    return ShownRun(_shots(records, path), summary, where, folder, _appearances(folder, summary))


def _from_ledger(path: Path, out: Path, frames: Path | None) -> ShownRun:
    ledger = Ledger(path)
    try:
        run_id, folder = ledger.recall("run_id"), ledger.recall("folder")
        if run_id is None:
            raise UsageError(f"{path} is not the run file of a run.")
        records = [record_of(frame) for frame in ledger.frames()]
        summary = summarize(ledger, {"run_id": run_id})
    finally:
        ledger.close()
    where = frames or (Path(folder) if folder else None)
    return ShownRun(_shots(records, path), summary, where, None, _appearances(out, summary))


def _appearances(folder: Path, summary: Mapping[str, Any]) -> Mapping[str, Any] | None:
    path = folder / "appearances.json"
    if not path.is_file():
        return None
    told = _json(path)
    if not isinstance(told, dict):
        raise UsageError(f"{path} is not of the agreed form.")
    return told if told.get("run_id") == summary.get("run_id") else None  # else it is of another run in this folder


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not readable JSON: {error}.") from None


def _shots(records: list[Any], path: Path) -> tuple[Shot, ...]:
    shots = []
    for number, record in enumerate(records, 1):
        try:
            shots.append(_shot(record))
        except ContractError as error:
            raise UsageError(f"{path}: record {number} cannot be used: {error}") from None
    return tuple(shots)


def _shot(record: Any) -> Shot:
    if isinstance(record, dict) and record.get("status") == MISSING:
        name, error, request_id = (record.get(key) for key in ("filename", "error", "request_id"))
        return Shot(str(name), MISSING, error=None if error is None else str(error), request_id=str(request_id))
    name = record.get("filename") if isinstance(record, dict) else None
    # The client keeps a name as the file system has it, which need not be the Unicode that the contract asks for.
    readable = {"filename": _unicode(name)} if isinstance(name, str) else {}
    answer = Response.from_json(record | readable if readable else record)
    status: Status = answer.status
    timings: Timings = answer.timings
    return Shot(str(name), status.value, answer.faces, timings, answer.error, answer.request_id)


def _unicode(name: str) -> str:
    return name.encode("utf-8", "replace").decode() or "?"
