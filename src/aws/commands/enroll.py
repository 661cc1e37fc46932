"""enroll: short for ``people enroll FOLDER``."""

from __future__ import annotations

import argparse
from pathlib import Path

from src.aws.commands.common import add_place
from src.aws.commands.people import enroll

HELP = "enroll <folder>/<person>/*.jpg"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("photos", type=Path, metavar="FOLDER", help="one folder per person, named after that person")
    parser.set_defaults(name=None, request_id=None, face=None, anyway=False)


def run(options: argparse.Namespace) -> int:
    return enroll.run(options)
