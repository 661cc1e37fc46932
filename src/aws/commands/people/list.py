"""people list: who is enrolled."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed, say

HELP = "who is enrolled, and with how many photos"


def configure(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace) -> int:
    from src.aws.people.listing import listing
    from src.aws.people.office import Office

    office = Office(deployed(options))
    people = listing(office)
    for name, photos in people.items():
        print(f"{photos:>6}  {name}")
    if not people:
        say(f"Nobody is enrolled with {office.model}: every face is unknown.")
    return OK
