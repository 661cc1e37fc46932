"""down: remove everything that was made, and nothing else."""

from __future__ import annotations

import argparse

from src.aws.commands.common import INCOMPLETE, OK, add_place, say, target
from src.aws.deploy import down, prepared
from src.aws.resource import describe
from src.pipeline.deployment import Deployment

HELP = "remove everything that up made, with all frames, results and enrolled people in it"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed and touch nothing")


def run(options: argparse.Namespace) -> int:
    settings = target(options)
    if options.dry_run:
        aws, resources = prepared(settings)
        for resource in reversed(resources):
            verb = "keep" if describe(aws, resource) is None else "remove"
            if verb == "remove":
                print(f"{verb:<7} {resource.kind:<13} {resource.name}")
        return OK
    left = down(settings, say)
    for line in left:
        say(f"left: {line}")
    if left:
        return INCOMPLETE
    recorded = Deployment.load(settings.deployment_file)
    if recorded is not None and recorded.prefix == settings.prefix and recorded.region == settings.region:
        settings.deployment_file.unlink(missing_ok=True)
    print(f"{settings.prefix} is removed from {settings.region}; nothing is left.")
    return OK
