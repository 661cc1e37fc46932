"""What people rename and people merge have in common."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from src.aws.commands.common import OK, deployed
from src.aws.commands.people.out_files import Answers, add_out
from src.client.words import counted
from src.pipeline.stores.items import Item

if TYPE_CHECKING:
    from src.aws.people.office import Office
    from src.aws.people.relabel import Relabelled

Act = Callable[["Office", str, str, Callable[[Item], None]], "Relabelled"]


def add_two_names(parser: argparse.ArgumentParser, first: str, second: str) -> None:
    parser.add_argument("first", metavar=first.upper())
    parser.add_argument("second", metavar=second.upper())
    add_out(parser)


def relabelled(options: argparse.Namespace, act: Act) -> int:
    """Do it, have the client's files follow, and say what was done."""
    from src.aws.people.office import Office

    office, answers = Office(deployed(options)), Answers()
    done = act(office, options.first, options.second, answers.add)
    answers.write(options.out)
    print(f"{done.version.change}; version {done.version.number}, {counted(done.faces, 'recorded face')}")
    return OK
