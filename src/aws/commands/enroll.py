"""enroll: a folder of people into the deployed gallery."""

from __future__ import annotations

import argparse
from pathlib import Path

from src.aws.commands.common import INCOMPLETE, OK, add_place, deployed, say

HELP = "enroll <folder>/<person>/*.jpg"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("folder", type=Path, help="one folder per person, named after that person")


def run(options: argparse.Namespace) -> int:
    from src.aws.enroll import enroll  # the models load only here

    made = enroll(deployed(options), options.folder)
    for refusal in made.refusals:
        say(f"{refusal.photo}: not enrolled: {refusal.why}")
    print(f"{len(made.gallery.people)} people, {len(made.gallery)} photos, recognizer {made.gallery.model}")
    return INCOMPLETE if made.refusals else OK
