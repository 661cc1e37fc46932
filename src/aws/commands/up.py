"""up: deploy, or bring what is deployed up to date."""

from __future__ import annotations

import argparse

from src.aws.account import Account
from src.aws.caps import check_caps, hourly
from src.aws.commands.common import OK, add_place, add_shape, say, settings_of
from src.aws.deploy import planned, up
from src.aws.plan import text_of
from src.aws.resources.concurrency import at_most

HELP = "deploy, complete a half-made deployment, or apply changed settings"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    add_shape(parser)
    parser.add_argument("--yes", action="store_true", help="more instances at the same time than by default are meant")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and touch nothing")


def run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    check_caps(settings, yes=options.yes)
    if settings.public_url:
        cost = f"at your cost: up to ${hourly(settings):.2f} an hour"
        say(f"Warning: --public-url lets anyone on the internet send frames, {cost}.")
    if options.dry_run:
        for line in text_of(*planned(settings)):
            print(line)
        return OK
    deployment = up(settings, say)
    account = Account(settings)
    if at_most(account) < settings.max_concurrency:
        say(
            f"This account runs few functions at once (a new one has 10): each queue starts {at_most(account)}, not "
            f"{settings.max_concurrency}. Ask for more (Service Quotas, Lambda, Concurrent executions), then up again."
        )
    deployment.save(settings.deployment_file)
    print(f"{deployment.prefix} is deployed in {deployment.region}, account {deployment.account}.")
    print(f"Recognizer: {deployment.recognizer}")
    print(f"Frames by HTTP: {deployment.function_url}")
    print("Next: python -m src.aws enroll gallery/   then: python -m src.client --input input_folder/")
    return OK
