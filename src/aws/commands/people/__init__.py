"""people: who is enrolled, and everything that can be done with them; one file for each subcommand."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from src.aws.commands.common import add_place

HELP = "enroll, show, rename, correct and forget people; versions of the gallery; calibration"
VERBS = (
    "enroll", "list", "show", "rename", "merge", "calibrate", "versions", "rollback", "info", "correct", "forget",
    "strangers",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="WHAT")
    for verb in VERBS:
        module = _module(verb)
        own = subparsers.add_parser(verb, help=module.HELP, description=module.HELP)
        add_place(own)
        module.configure(own)


def run(options: argparse.Namespace) -> int:
    return int(_module(options.verb).run(options))


def _module(verb: str) -> Any:
    return importlib.import_module(f"src.aws.commands.people.{verb}")
