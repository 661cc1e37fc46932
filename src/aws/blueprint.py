"""Everything a deployment consists of, in the order in which it is made."""

from __future__ import annotations

from collections.abc import Callable

from src.aws.account import Account
from src.aws.packages.package import Package
from src.aws.resource import Resource
from src.aws.resources.alarm import Alarm, Topic
from src.aws.resources.bucket import Bucket
from src.aws.resources.function import Function
from src.aws.resources.log_group import LogGroup, log_group_of
from src.aws.resources.queue import Queue
from src.aws.resources.repository import Repository
from src.aws.resources.role import Role
from src.aws.resources.table import Table
from src.aws.resources.trigger import BucketTrigger, QueueTrigger
from src.aws.resources.url import FunctionUrl


def bucket(aws: Account) -> Bucket:
    return Bucket(aws.names.bucket)


def repository(aws: Account) -> Repository:
    return Repository(aws.names.repository)


def queues(aws: Account) -> list[Queue]:
    """Dead-letter queues first: the others point at them."""
    names = aws.names
    return [
        Queue(names.frame_dlq, is_dlq=True),
        Queue(names.req_dlq, is_dlq=True),
        Queue(names.frame_queue, dead_letters=names.frame_dlq, from_bucket=True, feeds_function=True),
        Queue(names.req_queue, dead_letters=names.req_dlq, feeds_function=True),
        Queue(names.resp_queue),
    ]


def table(aws: Account) -> Table:
    return Table(aws.names.table)


def log_groups(aws: Account) -> list[LogGroup]:
    return [LogGroup(log_group_of(name)) for name in (aws.names.detection_function, aws.names.recognition_function)]


def roles(aws: Account) -> list[Role]:
    """One for each function; none where an existing role is used for both."""
    if aws.settings.role_arn:
        return []
    names = aws.names
    return [
        Role(names.role(names.detection_function), "detection"),
        Role(names.role(names.recognition_function), "recognition"),
    ]


def functions(aws: Account, package: Package, progress: Callable[[str], None] = lambda _: None) -> list[Function]:
    names = aws.names
    return [
        Function(name, duty, aws.settings.role_arn or aws.role_arn(names.role(name)), package, progress)
        for name, duty in ((names.detection_function, "detection"), (names.recognition_function, "recognition"))
    ]


def function_url(aws: Account) -> FunctionUrl:
    return FunctionUrl(aws.names.detection_function)


def triggers(aws: Account) -> list[Resource]:
    """The bucket's comes last: from then on frames are worked on."""
    names, settings = aws.names, aws.settings
    requests = QueueTrigger(
        f"{names.req_queue} → {names.recognition_function}",
        names.req_queue, names.recognition_function, settings.recognition_batch,
    )  # fmt: skip
    frames = QueueTrigger(
        f"{names.frame_queue} → {names.detection_function}",
        names.frame_queue, names.detection_function, settings.detection_batch,
    )  # fmt: skip
    uploads = BucketTrigger(f"{names.bucket} → events", names.bucket, names.frame_queue, names.detection_function)
    return [requests, frames, uploads]


def alarms(aws: Account) -> list[Resource]:
    names = aws.names
    topic = f"{names.prefix}-alarms"
    rings = [Alarm(f"{queue}-depth", queue, topic) for queue in (names.frame_dlq, names.req_dlq)]
    return [Topic(topic), *rings]


def everything(aws: Account, package: Package, progress: Callable[[str], None] = lambda _: None) -> list[Resource]:
    """All resources of a deployment."""
    return [
        bucket(aws),
        *([repository(aws)] if package.name == "image" else []),
        *queues(aws),
        table(aws),
        *log_groups(aws),
        *roles(aws),
        *functions(aws, package, progress),
        function_url(aws),
        *triggers(aws),
        *alarms(aws),
    ]
