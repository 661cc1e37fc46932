"""Somebody with an access key of their own and exactly one policy, on the embedded stack."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from src.aws.account import Account

Policy = dict[str, Any]
NAME = "only"


def signed_in_as(root: Account, user: str, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on in this test, whoever asks AWS with this machine's own keys is a user who may only do this."""
    iam = root.client("iam")
    if user not in {found["UserName"] for found in iam.list_users()["Users"]}:
        iam.create_user(UserName=user)
    may(root, user, policy)
    for old in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user, AccessKeyId=old["AccessKeyId"])
    key = iam.create_access_key(UserName=user)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


# AWS asks about the resource; the embedded stack does not read its name out of these requests and asks about "*".
NAMELESS = {
    "cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:TagResource",
    "dynamodb:ListTagsOfResource", "dynamodb:TagResource", "ecr:DescribeRepositories", "ecr:ListTagsForResource",
    "ecr:TagResource", "lambda:CreateFunction", "sns:ListTagsForResource", "sns:TagResource",
}  # fmt: skip


# What the embedded stack asks for where AWS asks for something else.
MISNAMED = {"lambda:UpdateAlias": "lambda:ListAliases", "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
            "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch"}  # fmt: skip


def may(root: Account, user: str, policy: Policy) -> None:
    """Give a user exactly this policy, but for the actions that the embedded stack cannot tell a resource of."""
    asked = actions_of(policy)
    quirks = sorted(NAMELESS & asked) + [MISNAMED[action] for action in sorted(asked & MISNAMED.keys())]
    more = {"Effect": "Allow", "Action": quirks, "Resource": "*"}
    given = policy | {"Statement": [*policy["Statement"], more]}
    root.client("iam").put_user_policy(UserName=user, PolicyName=NAME, PolicyDocument=json.dumps(given))


def actions_of(policy: Policy) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def without(policy: Policy, action: str) -> Policy:
    """The policy less one action."""
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        statement["Action"] = [a for a in statement["Action"] if a != action] or ["none:Nothing"]
    return less
