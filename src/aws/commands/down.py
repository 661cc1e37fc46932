"""down: remove everything that was made, and nothing else."""

from __future__ import annotations

import argparse
import sys

from src.aws.account import Account
from src.aws.commands.common import INCOMPLETE, OK, add_place, recorded_target, say, settings_of
from src.aws.deploy import down, prepared
from src.aws.resource import describe
from src.pipeline.deployment import Deployment
from src.pipeline.errors import UsageError
from src.pipeline.settings import Settings

HELP = "remove everything that up made, with all frames, results and enrolled people in it"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("--yes", action="store_true", help="also a deployment of which there is no record here")
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed and touch nothing")


def run(options: argparse.Namespace) -> int:
    recorded_here = recorded_target(options)
    settings = recorded_here or settings_of(options)
    if options.dry_run:
        aws, resources = prepared(settings)
        for resource in reversed(resources):
            verb = "keep" if describe(aws, resource) is None else "remove"
            if verb == "remove":
                print(f"{verb:<7} {resource.kind:<13} {resource.name}")
        return OK
    if recorded_here is None:
        _confirm(settings, yes=options.yes)
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


def _confirm(settings: Settings, *, yes: bool) -> None:
    """Say what is about to be removed, and have it confirmed. Raises UsageError when it is not.

    Without a record, the prefix may be nothing but the default, and the account that of whichever key is at hand.
    """
    where = f" at {settings.endpoint_url}" if settings.endpoint_url else ""
    meant = f"{settings.prefix} in {settings.region}, account {Account(settings).id}{where}"
    about = f"{settings.deployment_file} does not tell of {meant}"
    if yes:
        say(f"{about}; it is removed.")
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{about}: nothing was removed. To remove it with all that is in it, add --yes.")
    say(f"{about}. It would be removed with all frames, results and enrolled people in it.")
    say(f"Type {settings.prefix} to remove it: ")
    if sys.stdin.readline().strip() != settings.prefix:
        raise UsageError("Nothing was removed.")
