"""How many instances a function's queue may start, and how many are set aside for it, which is the most it can have."""

from __future__ import annotations

from src.aws.account import Account
from src.aws.resource import or_none

LEFT_FREE = 100  # Lambda refuses to set aside what would leave less than this for the account's other functions
GONE = "ResourceNotFoundException"
DENIED = ("AccessDenied", "AccessDeniedException")


FEWEST = 2  # that Lambda takes for a queue


def at_most(aws: Account) -> int:
    """Instances that each queue starts: what the settings say, or half of what the account has where that is less.

    More would be turned away by Lambda, and each time a message is turned away counts as one of its tries.
    """
    settings = aws.settings
    if settings.embedded:
        return settings.max_concurrency
    limits = or_none(aws.client("lambda").get_account_settings, *DENIED)
    quota = limits["AccountLimit"]["ConcurrentExecutions"] if limits else None
    return settings.max_concurrency if quota is None else min(settings.max_concurrency, max(FEWEST, quota // 2))


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
