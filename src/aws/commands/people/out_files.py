"""The client's files in out/, which follow what is changed about people."""

from __future__ import annotations

import argparse
from pathlib import Path

from src.client.refresh import refresh
from src.pipeline.contracts import Response
from src.pipeline.settings import PROJECT_ROOT
from src.pipeline.stores.items import Item
from src.pipeline.stores.results import response_of


def add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "out", metavar="FOLDER",
                        help="where the client's files are changed as well; default: out/")  # fmt: skip


class Answers:
    """Collects frames' items as they are now, to write them into the client's files in one go."""

    def __init__(self) -> None:
        self._answers: dict[str, Response] = {}

    def add(self, frame: Item) -> None:
        self._answers[frame["request_id"]] = response_of(frame)

    def write(self, out: Path) -> int:
        """In how many run files there were some."""
        return refresh(out, self._answers) if self._answers else 0
