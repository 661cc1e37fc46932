"""What recordings and watched folders have in common: a run whose frames come while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from src.client.ledger import Ledger
from src.client.progress import say_line
from src.client.report_table import label, printable
from src.client.run import Frames, Run, new_run_id, run_file
from src.client.video.names import clock_face, time_in
from src.pipeline.contracts import Response, Status
from src.pipeline.settings import Settings


class Session(Protocol):
    """A source of frames. wrong: whether something of the source is missing, which it has told by then."""

    run: Run

    @property
    def wrong(self) -> bool: ...
    def running(self, settings: Settings) -> AbstractContextManager[Frames]: ...
    def closing_lines(self, summary: dict[str, Any]) -> Iterator[str]: ...


@contextmanager
def live_run(
    out: Path, folder: Path | None, more_facts: Callable[[], dict[str, Any]], **remembered: str
) -> Iterator[Run]:
    """A run that has no frames yet. folder: where they lie; one of the run's own where it is None."""
    run_id = new_run_id()
    ledger = Ledger(run_file(out, run_id))
    try:
        folder = folder or ledger.path.with_suffix("")
        folder.mkdir(exist_ok=True)
        ledger.remember(run_id=run_id, folder=str(folder.resolve()), **remembered)
        yield Run(run_id, folder, ledger, out, 0, complete=False, on_answer=tell, more_facts=more_facts)
    finally:
        ledger.close()


def tell(response: Response) -> None:
    """Print an answer as it arrives: time in the video (or the file's name), names, seconds."""
    say_line(answer_line(response))


def answer_line(response: Response) -> str:
    time_s = time_in(response.filename)
    when = printable(response.filename) if time_s is None else clock_face(time_s)
    names = ", ".join(label(face.to_json()) for face in response.faces) or response.status.replace("_", " ")
    why = f": {response.error}" if response.status in (Status.INVALID, Status.FAILED) and response.error else ""
    seconds = response.timings.get("end_to_end_s")
    return f"{when}  {names}{why}" + ("" if seconds is None else f"  {seconds:.2f} s")
