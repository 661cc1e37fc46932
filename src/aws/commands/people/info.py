"""people info: attributes of people, from a CSV file."""

from __future__ import annotations

import argparse
from pathlib import Path

from src.aws.commands.common import OK, deployed, say
from src.client.words import counted
from src.pipeline.errors import UsageError

HELP = "attributes of people that results carry: set them from a CSV file, or show them"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("set", "show"))
    parser.add_argument("file", type=Path, nargs="?", metavar="CSV", help="columns id or name, and any others")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.info import set_info
    from src.aws.people.office import Office

    if (options.what == "set") != (options.file is not None):
        raise UsageError("Give people info set CSV, or people info show.")
    office = Office(deployed(options))
    if options.what == "show":
        everybody = office.people.all_info()
        for name, attributes in everybody.items():
            print(f"{name}: {', '.join(f'{key}={value}' for key, value in attributes.items())}")
        if not everybody:
            say("Nobody has attributes. Set them: python -m src.aws people info set people.csv")
        return OK
    made = set_info(office, options.file)
    print(f"Attributes set of {counted(len(made.set), 'person', 'people')}.")
    if made.not_enrolled:
        say(f"Not enrolled (yet): {', '.join(made.not_enrolled)}")
    return OK
