"""The files in out/: one record per frame, upload times, a summary. Written whole or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from src.client.ledger import Frame, Ledger
from src.pipeline.contracts import Status
from src.pipeline.errors import OutputError

STAGES = (
    "upload_s", "frame_queue_s", "fetch_s", "decode_s", "detect_s", "req_queue_s", "embed_s", "match_s", "store_s",
    "resp_queue_s", "end_to_end_s",
)  # fmt: skip
COLD = ("cold_detection", "cold_recognition")


@contextmanager
def replaced(path: Path) -> Iterator[IO[str]]:
    """A text file that takes the place of ``path`` when the block ends well, and is removed when it does not.

    Raises OutputError when it cannot be written; what was there before still is.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", errors="replace") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}. Make room.") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_all(ledger: Ledger, out: Path, *, kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``detections_<kind>.json``, upload times where there were uploads, and ``summary.json``; the summary."""
    with replaced(out / f"detections_{kind}.json") as file:
        _write_list(file, (record_of(frame) for frame in ledger.frames()))
    if kind == "aws":
        with replaced(out / "detections_aws_transfer_time.json") as file:
            _write_object(file, ((f.filename, f.upload_s) for f in ledger.frames() if f.upload_s is not None))
    summary = summarize(ledger, facts)
    with replaced(out / "summary.json") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")
    return summary


def summary_of(out: Path, run_id: str | None) -> dict[str, Any]:
    """The summary in out/, where it is of this run; else empty."""
    try:
        found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("run_id") == run_id else {}


def record_of(frame: Frame) -> dict[str, Any]:
    """A frame's answer under the name the client knows it by; status ``missing`` where none came."""
    if frame.answer is None:
        return {"request_id": frame.request_id, "filename": frame.filename, "status": "missing"}
    record = dict(frame.answer) | {"filename": frame.filename}
    timings = {name: value for name, value in record["timings"].items() if name in COLD}
    timings |= {name: round(v, 6) for name, v in record["timings"].items() if name not in COLD}
    if frame.upload_s is not None:
        timings["upload_s"] = round(frame.upload_s, 6)
    return record | {"timings": timings}


def summarize(ledger: Ledger, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Counts by status, statistics of every stage, cold starts, models, and ``facts``."""
    stages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    cold = dict.fromkeys(COLD, 0)
    models: set[str] = set()
    for frame in ledger.frames():
        record = record_of(frame)
        models |= {record["model"]} if record.get("model") else set()
        for name, value in record.get("timings", {}).items():
            if name in stages:
                stages[name].append(value)
            elif name in cold:
                cold[name] += bool(value)
    counts = ledger.counts()
    by_status = {status.value: counts.get(status.value, 0) for status in Status}
    return dict(facts) | {
        "model": ", ".join(sorted(models)) or facts.get("model"),
        "frames": counts["total"],
        "status": by_status,
        "missing": counts["missing"],
        "cold_starts": cold,
        "stages": {stage: statistics_of(values) for stage, values in stages.items() if values},
    }


def statistics_of(values: list[float]) -> dict[str, float | int]:
    """count, mean, p50, p95, p99 and max; percentiles by nearest rank."""
    ordered = sorted(values)
    ranks = {f"p{p}": ordered[max(0, math.ceil(len(ordered) * p / 100) - 1)] for p in (50, 95, 99)}
    rounded = {name: round(value, 6) for name, value in ranks.items()}
    return {
        "count": len(ordered),
        "mean": round(math.fsum(ordered) / len(ordered), 6),
        **rounded,
        "max": round(ordered[-1], 6),
    }


def _write_list(file: IO[str], records: Iterable[Mapping[str, Any]]) -> None:
    # One record a line: the whole list is never in memory, and a text tool can read it.
    separator = "[\n"
    for record in records:
        file.write(separator + json.dumps(record))
        separator = ",\n"
    file.write("[]\n" if separator == "[\n" else "\n]\n")


def _write_object(file: IO[str], pairs: Iterable[tuple[str, float | None]]) -> None:
    separator = "{\n"
    for name, value in pairs:
        file.write(f"{separator}{json.dumps(name)}: {json.dumps(None if value is None else round(value, 6))}")
        separator = ",\n"
    file.write("{}\n" if separator == "{\n" else "\n}\n")
