"""people rollback: an earlier version of the gallery in use again."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed

HELP = "put an earlier version of the gallery in use again, as a new version"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, help="of the version; see: people versions")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.office import Office

    version = Office(deployed(options)).rolls.rollback(options.number)
    print(f"{version.change}; version {version.number}: {version.people} people, {version.faces} photos")
    return OK
