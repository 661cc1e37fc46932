"""A resumed run in which every frame is answered: nobody is asked anything, its files are written again."""

from __future__ import annotations

import time
from typing import Any

from src.client.ledger import Ledger
from src.client.outputs import summary_of, write_all
from src.client.run import Run, facts_of


def all_answered(ledger: Ledger) -> bool:
    """Whether no answer is missing, and none is ``failed``: such a frame may have been redriven since."""
    return not ledger.counts()["missing"] and not ledger.failed()


def write_again(run: Run, exec_type: str, model: str) -> dict[str, Any]:
    """The run's files in out/; the summary. What the last summary of this run said of it stays, its seconds too."""
    unknown = {"seconds": 0.0, "frames_per_s": None}  # how long it took is nowhere but in its own summary
    facts = summary_of(run.out, run.run_id) or facts_of(run, time.perf_counter(), exec_type, model) | unknown
    return write_all(run.ledger, run.out, kind=str(facts.get("exec_type", exec_type)), facts=facts)
