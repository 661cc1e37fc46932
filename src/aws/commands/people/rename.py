"""people rename: another name for a person."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed
from src.aws.commands.people.out_files import Answers, add_out

HELP = "another name for a person"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old")
    parser.add_argument("new")
    add_out(parser)


def run(options: argparse.Namespace) -> int:
    from src.aws.people.office import Office
    from src.aws.people.relabel import rename

    office, answers = Office(deployed(options)), Answers()
    done = rename(office, options.old, options.new, answers.add)
    answers.write(options.out)
    print(f"{done.version.change}; version {done.version.number}, {done.faces} recorded faces")
    return OK
