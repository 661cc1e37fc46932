"""people rename: another name for a person."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed

HELP = "another name for a person"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old")
    parser.add_argument("new")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.office import Office
    from src.aws.people.relabel import rename

    version = rename(Office(deployed(options)), options.old, options.new)
    print(f"{version.change}; version {version.number}")
    return OK
