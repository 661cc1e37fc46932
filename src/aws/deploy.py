"""Up, down, and the record of what is deployed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from src.aws import blueprint
from src.aws.account import Account
from src.aws.limits import check_limits
from src.aws.packages import package_for
from src.aws.plan import Action, apply, plan
from src.aws.resource import Resource, describe, remove
from src.aws.resources.function import SERVING
from src.pipeline.deployment import Deployment
from src.pipeline.errors import FacelaneError
from src.pipeline.manifest import resolve_recognizer
from src.pipeline.settings import Settings

Progress = Callable[[str], None]
SETTLE_S = 90
# What status and down must know of how it was deployed, beside what the functions are told.
SHAPE = (
    "trigger", "package", "architecture", "detection_memory_mb", "recognition_memory_mb", "function_timeout_s",
    "detection_batch", "recognition_batch", "max_concurrency", "http_concurrency", "frame_days", "role_arn",
    "reserved_concurrency", "snapstart", "public_url", "alarm_email", "queue_hours", "log_days",
)  # fmt: skip


def _quiet(_: str) -> None:
    return


def prepared(settings: Settings, progress: Progress = _quiet) -> tuple[Account, list[Resource]]:
    """The account, and all resources as they should be. Limits are checked before anything is called."""
    settings = replace(settings, recognizer=resolve_recognizer(settings))
    check_limits(settings)
    aws = Account(settings)
    return aws, blueprint.everything(aws, package_for(aws), progress)


def planned(settings: Settings) -> tuple[Account, list[Action]]:
    """What ``up`` would do; nothing is touched."""
    aws, resources = prepared(settings)
    return aws, plan(aws, resources)


def up(settings: Settings, progress: Progress = _quiet) -> Deployment:
    """Create what is missing, change what differs, keep the rest. Broken off, it is completed by running it again."""
    aws, resources = prepared(settings, progress)
    package_for(aws).check(aws)
    actions = plan(aws, resources)
    for number, (action, done) in enumerate(apply(aws, actions), start=1):
        progress(f"{number:>2}/{len(actions)}  {done:<8} {action.resource.kind:<13} {action.resource.name}")
    return deployment_of(aws)


def deployment_of(aws: Account) -> Deployment:
    """The record of what is deployed in an account."""
    names, settings = aws.names, aws.settings
    return Deployment(
        prefix=settings.prefix,
        region=aws.region,
        account=aws.id,
        bucket=names.bucket,
        table=names.table,
        frame_queue_url=aws.queue_url(names.frame_queue),
        req_queue_url=aws.queue_url(names.req_queue),
        resp_queue_url=aws.queue_url(names.resp_queue),
        frame_dlq_url=aws.queue_url(names.frame_dlq),
        req_dlq_url=aws.queue_url(names.req_dlq),
        recognizer=settings.recognizer,
        endpoint_url=settings.endpoint_url,
        embedded=settings.embedded,
        function_url=blueprint.function_url(aws).address(aws),
        shape=settings.chosen((*SHAPE, *(name for name in SERVING if name != "recognizer"))),
    )


def down(settings: Settings, progress: Progress = _quiet) -> list[str]:
    """Remove everything that ``up`` made and nothing else; what is left, each with the reason."""
    aws, resources = prepared(settings)
    if not any(resource.kind == "repository" for resource in resources):
        resources.insert(1, blueprint.repository(aws))  # an earlier deployment may have used images
    left: list[str] = []
    for resource in reversed(resources):
        try:
            removed = remove(aws, resource)
        except FacelaneError as error:
            left.append(f"{resource.kind} {resource.name}: {error}")
            continue
        progress(f"{'removed' if removed else 'absent':<8} {resource.kind:<13} {resource.name}")
    return left or _still_there(aws, resources)


def _still_there(aws: Account, resources: list[Resource]) -> list[str]:
    """What is there after a while: SQS shows a queue for up to a minute after it was removed."""
    until, found = time.monotonic() + SETTLE_S, resources
    while True:
        found = [resource for resource in found if describe(aws, resource) is not None]
        if not found or time.monotonic() > until:
            return [f"{resource.kind} {resource.name}: it was removed but is still there" for resource in found]
        for resource in found:
            if resource.kind == "log group":  # what a function was still writing made it again
                remove(aws, resource)
        time.sleep(0.5)


def facts_of(settings: Settings) -> list[tuple[Resource, dict[str, Any] | None]]:
    """Every resource with what it is, or None where it is not."""
    aws, resources = prepared(settings)
    return [(resource, describe(aws, resource)) for resource in resources]
