"""Plan, then apply: planning only reads, and what it says is what applying does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from src.aws.account import Account
from src.aws.resource import Resource, check_owner, describe, differences, ensure

Verb = Literal["create", "change", "keep"]


@dataclass(frozen=True)
class Action:
    """What will be done with one resource; details name what differs, each as ``fact: is → will be``."""

    verb: Verb
    resource: Resource
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        line = f"{self.verb:<7} {self.resource.kind:<13} {self.resource.name}"
        return "\n".join([line, *(f"{'':<22}{detail}" for detail in self.details)])


def plan(aws: Account, resources: Sequence[Resource]) -> list[Action]:
    """Look at every resource; nothing is touched. Raises UsageError when a name belongs to somebody else."""
    return [_action(aws, resource) for resource in resources]


def apply(aws: Account, actions: Sequence[Action]) -> Iterator[tuple[Action, str]]:
    """Carry a plan out, yielding each action with what was done. Broken off, it is completed by the next one."""
    for action in actions:
        yield action, ensure(aws, action.resource)


def text_of(aws: Account, actions: Sequence[Action]) -> Iterator[str]:
    """The plan for a person to read."""
    yield f"Plan for {aws.settings.prefix} in {aws.region}, account {aws.id}:"
    yield from map(str, actions)
    counts = {verb: sum(action.verb == verb for action in actions) for verb in ("create", "change", "keep")}
    yield ", ".join(f"{count} to {verb}" for verb, count in counts.items()) + "."


def _action(aws: Account, resource: Resource) -> Action:
    found = describe(aws, resource)
    if found is None:
        return Action("create", resource)
    check_owner(resource, aws, found)
    different = differences(resource.wanted(aws), found)
    if not different:
        return Action("keep", resource)
    return Action("change", resource, tuple(_detail(name, found.get(name), value) for name, value in different.items()))


def _detail(name: str, is_now: Any, will_be: Any) -> str:
    if isinstance(will_be, dict) and isinstance(is_now, dict) and name == "environment":
        keys = sorted(key for key in will_be.keys() | is_now.keys() if will_be.get(key) != is_now.get(key))
        return f"{name}: {', '.join(keys)}"
    if isinstance(will_be, dict) or isinstance(is_now, dict):
        return f"{name}: {'none' if is_now is None else 'another'} → {'none' if will_be is None else 'as planned'}"
    return f"{name}: {_plain(is_now)} → {_plain(will_be)}"


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
