"""people versions: the gallery's versions that are kept."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed

HELP = "the versions of the gallery that are kept, the newest first"


def configure(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace) -> int:
    from src.aws.people.office import Office

    rolls = Office(deployed(options)).rolls
    used = rolls.number()
    for version in rolls.versions():
        mark = "*" if version.number == used else " "
        print(f"{mark}{version.number:>5}  {version.made_at[:19]}  {version.people} people, {version.faces} photos  "
              f"{version.change}")  # fmt: skip
    return OK
