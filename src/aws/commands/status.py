"""status: each resource, the queues' depths, the functions, and what it costs to leave it idle."""

from __future__ import annotations

import argparse

from src.aws import blueprint
from src.aws.account import Account
from src.aws.commands.common import INCOMPLETE, OK, add_place, target
from src.aws.cost import idle_month
from src.aws.deploy import prepared
from src.aws.resource import Facts, Resource, describe, differences
from src.aws.resources import snapshot
from src.aws.resources.function import Function
from src.aws.resources.queue import Queue

HELP = "show each resource, queue depths, function versions, and the cost of an idle month"


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    aws, resources = prepared(target(options))
    print(f"{aws.settings.prefix} in {aws.region}, account {aws.id}:")
    missing = 0
    for resource in resources:
        found = describe(aws, resource)
        missing += found is None
        note = _note(aws, resource, found) if found else ""
        state = _state(resource, found, resource.wanted(aws))
        print(f"{state:<8} {resource.kind:<13} {resource.name}  {note}".rstrip())
    print(f"Frames by HTTP: {blueprint.function_url(aws).address(aws) or 'no function URL'}")
    settings = aws.settings
    memory_gb = (settings.detection_memory_mb + settings.recognition_memory_mb) / 1024
    cost = idle_month(
        image=any(resource.kind == "repository" for resource in resources),
        snapshots_gb=memory_gb if snapshot.is_used(aws) else 0.0,
    )
    print("On this machine: no cost." if aws.is_this_machine else f"Left idle, about ${cost.total:.2f} a month:")
    if not aws.is_this_machine:
        for line in cost.lines:
            print(f"  {line}")
    return INCOMPLETE if missing else OK


def _state(resource: Resource, found: Facts | None, wanted: Facts) -> str:
    if found is None:
        return "missing"
    return "differs" if differences(wanted, found) else "ok"


def _note(aws: Account, resource: Resource, found: Facts) -> str:
    if isinstance(resource, Queue):
        depth = resource.depth(aws)
        return f"{depth[0]} waiting, {depth[1]} in flight" if depth else ""
    if isinstance(resource, Function):
        code = str(found["code"] or "unknown")[:12]
        config = aws.client("lambda").get_function_configuration(FunctionName=resource.name)
        return f"{found['package']}, version {config['Version']}, code {code}, updated {config['LastModified'][:19]}"
    return ""
