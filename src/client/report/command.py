"""The ``report`` command: its flags, and what it prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.client.report.data import page_data
from src.client.report.page import write_page
from src.client.report.source import open_run
from src.client.report.thumbnails import Thumbnails
from src.pipeline.errors import FacelaneError, OutputError
from src.pipeline.settings import PROJECT_ROOT, Settings

OK, NOT_WRITTEN, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m src.client report", description="Writes report.html: one page that shows a run, offline."
    )
    made.add_argument("run", nargs="?", metavar="RUN",
                      help="a folder with results, a run file (out/runs/*.sqlite) or a run's id; "
                           "default: the last run in the out folder")  # fmt: skip
    made.add_argument("--input", type=Path, metavar="FOLDER", help="where the frames are, if they were moved")
    made.add_argument("--out", type=Path, metavar="FOLDER", help="where report.html goes; default: out/")
    return made


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    try:
        return _report(options)
    except KeyboardInterrupt:
        print("Interrupted; no page was written.", file=sys.stderr)
        return INTERRUPTED
    except OutputError as error:
        print(error, file=sys.stderr)
        return NOT_WRITTEN
    except FacelaneError as error:
        print(error, file=sys.stderr)
        return WRONG_USE


def _report(options: argparse.Namespace) -> int:
    results = options.out or PROJECT_ROOT / "out"
    run = open_run(options.run, results, frames=options.input)
    settings = Settings.load()
    thumbnails = Thumbnails.of(run, settings)
    target = (options.out or run.results or results) / "report.html"
    size = write_page(target, page_data(run, thumbnails), thumbnails)
    pictures = f"{thumbnails.count} pictures of {thumbnails.side} px" if thumbnails.count else "no pictures"
    print(f"{target}: {len(run.shots)} frames, {pictures}, {size / 1e6:.1f} MB")
    for line in thumbnails.troubles(run):
        print(line, file=sys.stderr)
    return OK
