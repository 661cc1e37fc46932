"""redrive: what was given up is tried again."""

from __future__ import annotations

import argparse

from src.aws.answer_dead import answer_dead
from src.aws.commands.common import OK, add_place, deployed, say
from src.aws.redrive import QUEUES, redrive

HELP = "move dead-lettered messages back into their queues, once what made them fail is mended"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--queue", choices=QUEUES, help="only this one (default: both)")
    what.add_argument(
        "--answer", action="store_true",
        help="move nothing; answer failed for each dead-lettered frame without an answer, as for those sent by HTTP",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    if options.answer:
        for dead in answer_dead(deployed(options)):
            print(f"{dead.frame.filename} ({dead.frame.request_id}): answered failed; it stays in {dead.queue}")
        return OK
    total = 0
    for done in redrive(deployed(options), (options.queue,) if options.queue else QUEUES):
        total += done.moved
        print(f"{done.source} → {done.target}: {done.moved} moved, {done.reopened} failed answers reopened")
        if done.left:
            say(f"{done.source}: {done.left} left: they name no frame, so that no try can succeed.")
    if total:
        print("Ask for the real answers: python -m src.client --resume out/runs/RUN.sqlite")
    return OK
