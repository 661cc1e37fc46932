"""people merge: two names that are one person."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed
from src.aws.commands.people.out_files import Answers, add_out

HELP = "two names that are one person: the first becomes the second"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source")
    parser.add_argument("target")
    add_out(parser)


def run(options: argparse.Namespace) -> int:
    from src.aws.people.office import Office
    from src.aws.people.relabel import merge

    office, answers = Office(deployed(options)), Answers()
    done = merge(office, options.source, options.target, answers.add)
    answers.write(options.out)
    print(f"{done.version.change}; version {done.version.number}, {done.faces} recorded faces")
    return OK
