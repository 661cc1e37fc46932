"""How many instances are set aside for a function, which is also the most that it can have."""

from __future__ import annotations

from src.aws.account import Account
from src.aws.resource import or_none

LEFT_FREE = 100  # Lambda refuses to set aside what would leave less than this for the account's other functions
GONE = "ResourceNotFoundException"
DENIED = ("AccessDenied", "AccessDeniedException")


def set_aside(aws: Account, function: str, duty: str) -> int | None:
    """What the settings say; else, for face-detection, what its queue and its callers by HTTP may use together.

    Nothing but this bounds the callers. None where the account has no such number to spare (a new one has ten
    instances in all, which bounds them as well) or does not let it be known.
    """
    settings = aws.settings
    if settings.reserved_concurrency is not None or duty != "detection":
        return settings.reserved_concurrency
    wanted = settings.max_concurrency + settings.http_concurrency
    return wanted if settings.embedded or wanted + LEFT_FREE <= _free(aws, function) else None


def _free(aws: Account, function: str) -> int:
    """What is not set aside for any other function."""
    client = aws.client("lambda")
    limits = or_none(client.get_account_settings, *DENIED)
    own = or_none(lambda: client.get_function(FunctionName=function), GONE) or {}
    unreserved = limits["AccountLimit"]["UnreservedConcurrentExecutions"] if limits else 0
    return int(unreserved) + int(own.get("Concurrency", {}).get("ReservedConcurrentExecutions", 0))
