"""What belongs to a function and has no tags of its own is whose the function is."""

from __future__ import annotations

from src.aws.account import Account, owner_of
from src.aws.resource import OWNER, Facts, or_none


def owner_by_function(aws: Account, function: str) -> Facts:
    """The fact ``owner``, as the function's tags say; no fact where there is no such function."""
    answer = or_none(lambda: aws.client("lambda").get_function(FunctionName=function), "ResourceNotFoundException")
    return {} if answer is None else {OWNER: owner_of(answer.get("Tags"))}
