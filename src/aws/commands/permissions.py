"""permissions: the IAM policy that a person needs, as JSON."""

from __future__ import annotations

import argparse
import json

from src.aws.account import NO_ACCOUNT, Account
from src.aws.commands.common import OK, add_place, say, target
from src.aws.permissions import client_policy, deployer_policy

HELP = "print the IAM policy of whoever deploys, or of whoever only sends frames"
POLICIES = {"deployer": deployer_policy, "client": client_policy}


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("whom", nargs="?", choices=POLICIES, default="deployer", help="default: deployer")


def run(options: argparse.Namespace) -> int:
    settings = target(options)
    account = Account(settings)
    if not account.has_credentials:
        account = Account.without_credentials(settings)
        say(f"No AWS credentials were found, so the account is not known: put its id for {NO_ACCOUNT}.")
    print(json.dumps(POLICIES[options.whom](account), indent=2))
    return OK
