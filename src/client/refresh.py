"""The client's files follow what was changed in the table since: corrected, renamed or forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from src.client.appearances import write_appearances
from src.client.ledger import Ledger
from src.client.outputs import summary_of, write_all
from src.pipeline.contracts import Response
from src.pipeline.errors import UsageError


def refresh(out: Path, answers: Mapping[str, Response]) -> int:
    """Bring the frames of any run file in ``out/runs`` up to these answers; in how many run files there were some.

    The JSON files in out/ are written again where they are of such a run. A frame keeps its own timings.
    Raises UsageError for a run file that cannot be read, after all the others are done.
    """
    changed, damaged = 0, None
    for path in sorted((out / "runs").glob("*.sqlite")):
        try:
            changed += _refresh_one(path, out, answers)
        except UsageError as error:
            damaged = error
    if damaged is not None:
        raise damaged
    return changed


def _refresh_one(path: Path, out: Path, answers: Mapping[str, Response]) -> bool:
    ledger = Ledger(path)
    try:
        changed = sum(_replace(ledger, request_id, answer) for request_id, answer in answers.items())
        if changed:
            ledger.settle()
            _write_again(ledger, out)
        return changed > 0
    finally:
        ledger.close()


def _replace(ledger: Ledger, request_id: str, answer: Response) -> bool:
    frame = ledger.frame(request_id)
    if frame is None or frame.answer is None:
        return False
    ledger.correct(replace(answer, run_id=frame.answer["run_id"], timings=frame.answer["timings"]))
    return True


def _write_again(ledger: Ledger, out: Path) -> None:
    summary = summary_of(out, ledger.recall("run_id"))
    if summary:
        write_all(ledger, out, kind=str(summary.get("exec_type", "aws")), facts=summary)
        write_appearances(ledger, out)
