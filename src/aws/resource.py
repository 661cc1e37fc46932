"""What a resource is to the deployer: what it should be, what it is, and how to get from the one to the other."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from botocore.exceptions import ClientError

from src.aws.account import Account
from src.aws.advice import aws_errors
from src.pipeline.errors import NotReady, UsageError
from src.pipeline.stores.connection import error_code

Facts = dict[str, Any]
Result = TypeVar("Result")
OWNER = "owner"
# AWS answers a question about what was made a moment ago as if it were not there yet.
NOT_THERE_YET = frozenset(
    {
        "NoSuchBucket", "NoSuchEntity", "NotFound", "RepositoryNotFoundException", "ResourceNotFound",
        "ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist",
    }
)  # fmt: skip
TRIES, PAUSE_S = 15, 2.0
APPEARS_S = 30.0


@dataclass(frozen=True)
class Resource(ABC):
    """One AWS resource of a deployment.

    wanted and found are facts of the same names, so that what differs can be named, printed and changed.
    A fact ``owner`` is the deployment's prefix, read from the resource's tags where it has any.
    """

    kind: ClassVar[str]
    name: str

    @abstractmethod
    def wanted(self, aws: Account) -> Facts:
        """What the resource should be; known without the resource, and without any other."""

    @abstractmethod
    def found(self, aws: Account) -> Facts | None:
        """What it is, or None where it is not."""

    @abstractmethod
    def create(self, aws: Account) -> None:
        """Make it, at least so far that ``found`` finds it and ``change`` can do the rest. Waits until it is there."""

    @abstractmethod
    def change(self, aws: Account, facts: Facts) -> None:
        """Give these of the wanted facts to a resource that is there."""

    @abstractmethod
    def delete(self, aws: Account) -> None:
        """Remove it; nothing happens where it is not. Waits until it is gone."""


def differences(wanted: Facts, found: Facts) -> Facts:
    """The wanted facts that are not so."""
    return {name: value for name, value in wanted.items() if found.get(name) != value}


def check_owner(resource: Resource, aws: Account, found: Facts) -> None:
    """Raises UsageError when the resource is somebody else's: it is neither changed nor removed."""
    if OWNER in found and found[OWNER] != aws.settings.prefix:
        whose = f"of deployment {found[OWNER]!r}" if found[OWNER] else "not made by Facelane (it lacks the tag)"
        raise UsageError(
            f"The {resource.kind} {resource.name} exists and is {whose}: choose another --prefix, or remove it."
        )


def ensure(aws: Account, resource: Resource) -> str:
    """Bring a resource to what it should be; ``created``, ``changed`` or ``kept``."""
    with aws_errors(f"set up the {resource.kind} {resource.name}"):
        found, verb = resource.found(aws), "kept"
        if found is None:
            resource.create(aws)
            found, verb = _appeared(aws, resource), "created"
        check_owner(resource, aws, found)
        different = differences(resource.wanted(aws), found)
        if different:
            resource.change(aws, different)
        return "changed" if different and verb == "kept" else verb


def _appeared(aws: Account, resource: Resource) -> Facts:
    until = time.monotonic() + APPEARS_S
    while True:
        found = or_none(lambda: resource.found(aws), *NOT_THERE_YET)
        if found is not None:
            return found
        if time.monotonic() >= until:
            raise NotReady(f"The {resource.kind} {resource.name} was made but is not there yet. Repeat; it goes on.")
        time.sleep(min(1.0, PAUSE_S))


def describe(aws: Account, resource: Resource) -> Facts | None:
    """What a resource is, or None."""
    with aws_errors(f"look at the {resource.kind} {resource.name}"):
        return resource.found(aws)


def remove(aws: Account, resource: Resource) -> bool:
    """Remove a resource of this deployment; whether there was one."""
    with aws_errors(f"remove the {resource.kind} {resource.name}"):
        found = resource.found(aws)
        if found is None:
            return False
        check_owner(resource, aws, found)
        resource.delete(aws)
        return True


def or_none(call: Callable[[], Result], *codes: str) -> Result | None:
    """The call's answer, or None when AWS answers with one of the codes: an error that means "there is none"."""
    try:
        return call()
    except ClientError as error:
        if error_code(error) in codes:
            return None
        raise


def until_accepted(call: Callable[[], Result], codes: Collection[str], *, says: str = "", tries: int = TRIES) -> Result:
    """Repeat a call while AWS refuses it with one of the codes (and a message with ``says``): not settled yet."""
    for attempt in range(tries):
        try:
            return call()
        except ClientError as error:
            message = str(error.response.get("Error", {}).get("Message", ""))
            if error_code(error) not in codes or says not in message or attempt == tries - 1:
                raise
            time.sleep(PAUSE_S)
    raise AssertionError("unreachable: the last try returns or raises")
