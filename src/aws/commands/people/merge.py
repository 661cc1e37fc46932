"""people merge: two names that are one person."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed

HELP = "two names that are one person: the first becomes the second"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source")
    parser.add_argument("target")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.office import Office
    from src.aws.people.relabel import merge

    version = merge(Office(deployed(options)), options.source, options.target)
    print(f"{version.change}; version {version.number}")
    return OK
