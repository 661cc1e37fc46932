"""What the client made of frames that are to be forgotten, out of its folder: captured and annotated frames, a report.

Somebody's own pictures are never touched; where they may show who is forgotten is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from src.client.annotate import annotated_path
from src.client.ledger import Frame, Ledger
from src.client.originals import inside
from src.pipeline.errors import OutputError, UsageError

IsMeant = Callable[[Frame, str], bool]  # of a frame and the id of its run


@dataclass
class Forgotten:
    """ids: of the frames that are meant. removed: how many files of what kind. may_show: a line for each place left.

    behind: runs with captured frames whose answer is that they were forgotten, as from another machine.
    """

    ids: set[str] = field(default_factory=set)
    behind: set[str] = field(default_factory=set)
    removed: Counter[str] = field(default_factory=Counter)
    may_show: list[str] = field(default_factory=list)


def forget_files(out: Path, is_meant: IsMeant, *, dry_run: bool = False) -> Forgotten:
    """Go through all run files in ``out/runs``. Raises OutputError for a file that cannot be removed.

    dry_run: only find the frames that are meant.
    A frame is removed from its run's own folder (of a video, ``out/runs/<run>/``) and from ``out/annotated/``, a
    report that shows one as a whole: it can be made again. Captured frames that are behind go with them: each is of
    somebody who was to be forgotten, and only its answer could have said of whom.
    """
    found = Forgotten()
    for path in sorted((out / "runs").glob("*.sqlite")):
        try:
            _in_run(path, out, is_meant, found, dry_run=dry_run)
        except UsageError as error:
            found.may_show.append(f"{path.with_suffix('')}: {error}")
    report = out / "report.html"
    if not dry_run and found.ids & _ids_in(report):
        found.removed["reports here"] += _removed(report)
    return found


def _in_run(path: Path, out: Path, is_meant: IsMeant, found: Forgotten, *, dry_run: bool) -> None:
    ledger = Ledger(path)
    own, others, kept = path.with_suffix(""), 0, 0
    try:
        run_id, folder = ledger.recall("run_id") or "", Path(ledger.recall("folder") or own)
        for frame in ledger.frames():
            captured = inside(own, frame.filename)
            if not is_meant(frame, run_id):
                there = frame.answer is not None and captured is not None and captured.is_file()
                if there and frame.is_forgotten:
                    found.behind.add(run_id)
                    found.removed["captured here"] += 0 if dry_run else _removed(captured)
                else:
                    kept += there
                continue
            found.ids.add(frame.request_id)
            if dry_run:
                continue
            found.removed["captured here"] += _removed(captured)
            found.removed["annotated here"] += _removed(annotated_path(out / "annotated", frame.filename))
            source = inside(folder, frame.filename)
            others += source is not None and source.is_file()
    finally:
        ledger.close()
    if own.is_dir() and not any(own.iterdir()):
        own.rmdir()
    unanswered = sum(file.is_file() for file in own.rglob("*")) - kept
    if others:
        found.may_show.append(f"{folder}: your own files, {others} of them sent as frames that are removed now")
    if unanswered > 0:
        found.may_show.append(f"{own}: captured frames, {unanswered} of them without an answer")


def _removed(path: Path | None) -> int:
    try:
        if path is None or not path.is_file():
            return 0
        path.unlink()
    except OSError as error:
        raise OutputError(f"{path} cannot be removed: {error.strerror or error}.") from None
    return 1


def _ids_in(page: Path) -> set[str]:
    """The request ids that a report names: it shows their frames."""
    try:
        return set(re.findall(r'"([0-9a-f]{32})"', page.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return set()
