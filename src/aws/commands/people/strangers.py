"""people strangers: unknown faces that are remembered."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from src.aws.commands.common import OK, deployed, say
from src.aws.commands.people.out_files import Answers, add_out
from src.pipeline.errors import UsageError

HELP = "unknown faces that are remembered: how often they were seen, where; and give one a name"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="?", metavar="stranger-N", help="only this one, with the frames")
    parser.add_argument("--promote", metavar="NAME", help="the stranger is this person: enroll and rename everywhere")
    add_out(parser)


def run(options: argparse.Namespace) -> int:
    from src.aws.people import strangers
    from src.aws.people.office import Office

    if options.promote is not None and options.id is None:
        raise UsageError("--promote needs the id of a stranger: people strangers stranger-12 --promote NAME")
    office = Office(deployed(options))
    if options.promote is not None:
        answers = Answers()
        done = strangers.promote(office, options.id, options.promote, answers.add)
        answers.write(options.out)
        print(f"{done.version.change}; version {done.version.number}, {done.faces} recorded faces")
        return OK
    found = strangers.strangers(office) if options.id is None else [strangers.stranger(office, options.id)]
    for known in found:
        it = known.stranger
        print(f"{it.id:<14} seen {len(known.faces)} times, from {_day(it.first_seen)} to {_day(it.last_seen)}, "
              f"forgotten on {_day(it.expires_at)[:10]}")  # fmt: skip
        if options.id is not None:
            for request_id, face in known.faces:
                print(f"  request {request_id} face {face}")
    if not found:
        say("No stranger is remembered. They are with: python -m src.aws up --strangers")
    return OK


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
