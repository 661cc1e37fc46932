"""people rename: another name for a person."""

from __future__ import annotations

import argparse

from src.aws.commands.people.relabelling import add_two_names, relabelled

HELP = "another name for a person"


def configure(parser: argparse.ArgumentParser) -> None:
    add_two_names(parser, "old", "new")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.relabel import rename

    return relabelled(options, rename)
