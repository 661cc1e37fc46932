"""people forget: a person, a run or a stranger out of every store, with a receipt."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from src.aws.commands.common import INCOMPLETE, OK, deployed, say
from src.aws.commands.people.out_files import add_out
from src.client.refresh import refresh
from src.pipeline.errors import NothingKnown, UsageError
from src.pipeline.person_names import person_name

if TYPE_CHECKING:
    from src.aws.people.receipt import Receipt
    from src.aws.people.subject import Kind
    from src.client.ledger import Frame

HELP = "remove a person, a run or a stranger from every store, search them all again, and write a receipt"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="of the person")
    parser.add_argument("--run", dest="run_id", metavar="RUN", help="all frames of a run instead")
    parser.add_argument("--stranger", metavar="stranger-N", help="a remembered stranger instead")
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="default: forgotten-<time>.json in out/")
    add_out(parser)


def run(options: argparse.Namespace) -> int:
    from src.aws.people import forget
    from src.aws.people.office import Office
    from src.aws.people.receipt import Receipt
    from src.aws.people.removal import answer_of
    from src.client.forgetting import forget_files  # pictures load only here

    if sum(given is not None for given in (options.name, options.run_id, options.stranger)) != 1:
        raise UsageError("Give the NAME of a person, or --run RUN, or --stranger ID.")
    kind: Kind
    act: Callable[[Office, str], Receipt]
    if options.name is not None:
        kind, value, act = "person", person_name(options.name), forget.forget_person
    elif options.run_id is not None:
        kind, value, act = "run", options.run_id, forget.forget_run
    else:
        kind, value, act = "stranger", options.stranger, forget.forget_stranger
    office = Office(deployed(options))
    try:
        receipt = act(office, value)
    except NothingKnown as nothing:  # as where the same command was run on another machine before
        here = forget_files(options.out, partial(_is_meant, Receipt(kind, value)), dry_run=True)
        if not here.ids and not (kind == "run" and value in here.behind):
            raise
        say(f"{nothing} Only files here are left of it.")
        receipt = Receipt(kind, value)
        receipt.verified_at = receipt.begun_at
    stamp = receipt.begun_at[:19].replace(":", "").replace("-", "")
    path = options.receipt or options.out / f"forgotten-{stamp}.json"
    try:
        here = forget_files(options.out, partial(_is_meant, receipt))
        receipt.removed.update(here.removed | {"answers here": len(here.ids)})
        receipt.may_show += here.may_show
        refresh(options.out, {request_id: answer_of(request_id) for request_id in receipt.ids | here.ids})
    finally:
        receipt.save(path)  # of what is gone from the deployment, whatever befalls the files here
    print(f"{receipt.subject}: removed {receipt.summary}.")
    print(f"Receipt: {path}")
    for line in receipt.may_show:
        say(f"Left alone, may show what was to be forgotten: {line}")
    for line in receipt.left:
        say(f"left: {line}")
    if receipt.verified_at is None:
        say("Not all of it could be verified gone. Run the same command again.")
        return INCOMPLETE
    print("A second search through every store found nothing of it.")
    return OK


def _is_meant(receipt: Receipt, frame: Frame, run_id: str) -> bool:
    """Whether a frame in a run file here is one of those removed, or says itself that it shows them.

    Its record may have expired. A stranger's number says nothing: each deployment counts its own.
    """
    from src.aws.people.subject import Subject

    if frame.request_id in receipt.ids:
        return True
    if receipt.kind == "stranger" or frame.is_forgotten:
        return False
    return Subject(receipt.kind, receipt.subject).is_in((frame.answer or {}) | {"run_id": run_id})
