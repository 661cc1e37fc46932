"""redrive: what was given up is tried again."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, add_place, deployed, say
from src.aws.redrive import QUEUES, redrive

HELP = "move dead-lettered messages back into their queues, once what made them fail is mended"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("--queue", choices=QUEUES, help="only this one (default: both)")


def run(options: argparse.Namespace) -> int:
    total = 0
    for done in redrive(deployed(options), (options.queue,) if options.queue else QUEUES):
        total += done.moved
        print(f"{done.source} → {done.target}: {done.moved} moved, {done.reopened} failed answers reopened")
        if done.left:
            say(f"{done.source}: {done.left} left: they name no frame, so that no try can succeed.")
    if total:
        print("Ask for the real answers: python -m src.client --resume out/runs/RUN.sqlite")
    return OK
