"""people forget: a person, a run or a stranger out of every store, with a receipt."""

from __future__ import annotations

import argparse
from pathlib import Path

from src.aws.commands.common import INCOMPLETE, OK, deployed, say
from src.aws.commands.people.out_files import add_out
from src.client.refresh import refresh
from src.pipeline.errors import UsageError

HELP = "remove a person or a run from every store, search them all again, and write a receipt"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="of the person")
    parser.add_argument("--run", dest="run_id", metavar="RUN", help="all frames of a run instead")
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="default: forgotten-<time>.json in out/")
    add_out(parser)


def run(options: argparse.Namespace) -> int:
    from src.aws.people.forget import forget_person, forget_run
    from src.aws.people.office import Office
    from src.aws.people.removal import answer_of

    if (options.name is None) == (options.run_id is None):
        raise UsageError("Give either the NAME of a person or --run RUN.")
    office = Office(deployed(options))
    receipt = forget_person(office, options.name) if options.name else forget_run(office, options.run_id)
    stamp = receipt.begun_at[:19].replace(":", "").replace("-", "")
    path = options.receipt or options.out / f"forgotten-{stamp}.json"
    receipt.save(path)
    refresh(options.out, {request_id: answer_of(request_id) for request_id in receipt.ids})
    print(f"{receipt.subject}: removed {receipt.summary}.")
    print(f"Receipt: {path}")
    for line in receipt.left:
        say(f"left: {line}")
    if receipt.verified_at is None:
        say("Not all of it could be verified gone. Run the same command again.")
        return INCOMPLETE
    print("A second search through every store found nothing of it.")
    return OK
