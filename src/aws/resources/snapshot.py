"""Starting from a snapshot: Lambda takes one of each published version, so what calls a function must call a version.

An alias stands for the newest one; queues, bucket and function URL are pointed at it.
"""

from __future__ import annotations

from typing import Any

from src.aws.account import Account
from src.aws.resource import or_none, until_accepted

ALIAS = "live"
GONE = "ResourceNotFoundException"
# What a version has in common with the function that it was published from.
SAME = (
    "CodeSha256", "Role", "Runtime", "Handler", "MemorySize", "Timeout", "Environment", "Architectures",
    "DeadLetterConfig",
)  # fmt: skip


def is_used(aws: Account) -> bool:
    """Whether this deployment's functions start from snapshots."""
    return aws.settings.snapstart and aws.settings.package == "zip"


def qualifier(aws: Account) -> dict[str, str]:
    """The part of a request that names the alias, where there is one."""
    return {"Qualifier": ALIAS} if is_used(aws) else {}


def arn_of(aws: Account, function: str) -> str:
    """The ARN that is to be called: the alias's, or the function's own."""
    return aws.arn("lambda", f"function:{function}" + (f":{ALIAS}" if is_used(aws) else ""))


def is_live(aws: Account, function: str) -> bool:
    """Whether the alias stands for the function as it is now."""
    client = aws.client("lambda")
    live = or_none(lambda: client.get_function_configuration(FunctionName=function, Qualifier=ALIAS), GONE)
    if live is None:
        return False
    now = client.get_function_configuration(FunctionName=function)
    return all(live.get(name) == now.get(name) for name in SAME)


def publish(aws: Account, function: str) -> None:
    """Publish the function as it is now, wait for its snapshot, and let the alias stand for it."""
    client = aws.client("lambda")
    version = until_accepted(lambda: client.publish_version(FunctionName=function), ("ResourceConflictException",))
    request: dict[str, Any] = {"FunctionName": function, "FunctionVersion": version["Version"]}
    waiter = client.get_waiter("published_version_active")
    waiter.wait(FunctionName=function, Qualifier=version["Version"], WaiterConfig={"Delay": 2, "MaxAttempts": 150})
    if or_none(lambda: client.update_alias(Name=ALIAS, **request), GONE) is None:
        client.create_alias(Name=ALIAS, **request)
    _forget_others(aws, function, version["Version"])


def _forget_others(aws: Account, function: str, live: str) -> None:
    # AWS takes money for each version's snapshot for as long as the version is there.
    client = aws.client("lambda")
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [version["Version"] for page in pages for version in page["Versions"]]
    for old in set(versions) - {"$LATEST", live}:
        client.delete_function(FunctionName=function, Qualifier=old)
