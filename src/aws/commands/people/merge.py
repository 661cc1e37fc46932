"""people merge: two names that are one person."""

from __future__ import annotations

import argparse

from src.aws.commands.people.relabelling import add_two_names, relabelled

HELP = "two names that are one person: the first becomes the second"


def configure(parser: argparse.ArgumentParser) -> None:
    add_two_names(parser, "source", "target")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.relabel import merge

    return relabelled(options, merge)
