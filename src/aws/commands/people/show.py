"""people show: what a person was enrolled from."""

from __future__ import annotations

import argparse
from pathlib import Path

from src.aws.commands.common import OK, deployed
from src.client.words import counted

HELP = "what a person was enrolled from"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="write the faces there as JPEG files")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.listing import show
    from src.aws.people.office import Office

    portrait = show(Office(deployed(options)), options.name)
    print(f"{portrait.name}: {counted(len(portrait.faces), 'photo')}")
    for entry, thumbnail in portrait.faces:
        print(f"  {entry.added_at[:19] or 'unknown when':<19}  {entry.source or 'unknown from what'}")
        if options.save is not None and thumbnail is not None:
            options.save.mkdir(parents=True, exist_ok=True)
            (options.save / f"{entry.id[:16]}.jpg").write_bytes(thumbnail)
    return OK
