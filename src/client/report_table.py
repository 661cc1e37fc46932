"""What a run prints: a table of frames on stdout, what went wrong on stderr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from src.client.ledger import Ledger
from src.client.outputs import record_of
from src.pipeline.contracts import Status

LONGEST_TABLE = 100
LONGEST_NAME = 80  # characters: one deep path does not push everything else off the screen
PREFERRED = "facenet-vggface2"


def table(ledger: Ledger) -> Iterator[str]:
    """Lines of frame, status, names, seconds; only the first ones of a long run."""
    total = ledger.counts()["total"]
    rows = []
    for number, frame in enumerate(ledger.frames()):
        if number == LONGEST_TABLE:
            break
        record = record_of(frame)
        names = ", ".join(map(label, record.get("faces", [])))
        seconds = record.get("timings", {}).get("end_to_end_s")
        rows.append(
            (
                _shortened(printable(frame.filename)),
                record["status"],
                names,
                "" if seconds is None else f"{seconds:.2f}",
            )
        )
    header = ("frame", "status", "names", "seconds")
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(3)]
    for row in [header, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[3].rjust(7)]).rstrip()
    if total > LONGEST_TABLE:
        yield f"… and {total - LONGEST_TABLE} more frames, all of them in the JSON files."


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]


def label(face: Mapping[str, Any]) -> str:
    """A face's name, with what is known of the person beside it."""
    known = face.get("attributes") or {}
    said = [f"{key} {value}" for key, value in known.items() if value and value != face["name"]]
    if face.get("stranger"):
        said.append(face["stranger"] + (", seen before" if face.get("seen_before") else ""))
    return printable(f"{face['name']} ({', '.join(said)})" if said else face["name"])


def troubles(ledger: Ledger) -> Iterator[str]:
    """One line for each frame that failed or has no answer."""
    for frame in ledger.frames():
        record = record_of(frame)
        if record["status"] == Status.FAILED:
            yield f"{printable(frame.filename)}: failed: {record.get('error', 'no reason was given')}"
        elif record["status"] == "missing":
            where = "it was not uploaded" if frame.upload_s is None else ledger.recall("whereabouts")
            yield f"{printable(frame.filename)}: missing: {where or 'no answer came'}"


def nobody_line(ledger: Ledger) -> str | None:
    """One line for a whole run whose faces were compared with nobody; None where somebody is enrolled."""
    distances = (face["distance"] for frame in ledger.frames() for face in record_of(frame).get("faces", []))
    first = next(distances, 0.0)
    if first is not None or any(distance is not None for distance in distances):
        return None
    return "Nobody is enrolled: every face is unknown. Enroll with: python -m src.aws people enroll FOLDER"


def closing_line(summary: dict[str, Any]) -> str:
    """Counts, rate and model in one line."""
    counts = ", ".join(f"{count} {status}" for status, count in summary["status"].items() if count)
    missing = f", {summary['missing']} missing" if summary["missing"] else ""
    skipped = f"; other files skipped: {summary['skipped_files']}" if summary["skipped_files"] else ""
    return (
        f"{summary['frames']} frames in {summary['seconds']:.1f} s with {summary['model']}: {counts or 'no answer'}"
        f"{missing}{skipped}"
    )


def recognizer_line(asked: str, used: str) -> str:
    """Which recognizer names the faces, and why it is not the preferred one where it is not."""
    if asked == "auto" and used != PREFERRED:
        return f"Recognizer: {used} (there are no weights of {PREFERRED} here; README, Models, says how to get them)."
    return f"Recognizer: {used}."


def printable(name: str) -> str:
    """A file name that any terminal can show on one line."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "�" for c in text)
