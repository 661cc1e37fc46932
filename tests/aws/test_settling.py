"""AWS takes its time: what was made is not there yet, what was removed still is, and calls come too early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from src.aws import blueprint, deploy, resource
from src.aws.account import Account
from src.aws.deploy import down
from src.aws.resource import ensure
from src.pipeline.errors import NotReady, StorageRefused
from src.pipeline.settings import Settings
from tests.aws.refusals import Refusals

Bare = Callable[..., Settings]
NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "PAUSE_S", 0.01)


def test_a_queue_that_is_not_seen_at_once_is_waited_for(bare: Bare) -> None:
    aws = Account(bare())
    dlq = blueprint.queues(aws)[0]
    refusals = Refusals(aws)
    refusals.first(4, "sqs", "GetQueueUrl", NO_QUEUE)  # the first of them before it is made
    assert ensure(aws, dlq) == "created"
    assert refusals.calls["GetQueueUrl"] >= 5
    assert ensure(aws, dlq) == "kept"


def test_what_never_appears_is_said(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "APPEARS_S", 0.1)
    aws = Account(bare())
    dlq = blueprint.queues(aws)[0]
    Refusals(aws).first(10**6, "sqs", "GetQueueUrl", NO_QUEUE)
    with pytest.raises(NotReady, match=f"queue {dlq.name} was made but is not there yet. Repeat"):
        ensure(aws, dlq)


def test_a_queue_that_is_still_shown_after_it_was_removed_is_no_leftover(
    bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bare()
    aws = Account(settings)
    dlq = blueprint.queues(aws)[0]
    ensure(aws, dlq)
    described: list[str] = []

    def shown_twice(account: Account, one: resource.Resource) -> resource.Facts | None:
        described.append(one.name)
        return {} if one == dlq and described.count(dlq.name) <= 2 else resource.describe(account, one)

    monkeypatch.setattr(deploy, "describe", shown_twice)
    assert down(settings) == []
    assert described.count(dlq.name) == 3


def test_what_stays_is_named(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = bare()
    monkeypatch.setattr(deploy, "SETTLE_S", 0.1)
    monkeypatch.setattr(blueprint.Queue, "delete", lambda *_: None)
    aws = Account(settings)
    dlq = blueprint.queues(aws)[0]
    ensure(aws, dlq)
    assert down(settings) == [f"queue {dlq.name}: it was removed but is still there"]
    monkeypatch.undo()
    assert down(settings) == []


def test_a_role_that_is_new_is_waited_for(bare: Bare) -> None:
    """Lambda refuses a role it cannot assume yet, and a dead-letter queue that the role may not send to yet."""
    settings = bare(trigger="direct")
    aws, resources = deploy.prepared(settings)
    (function,) = (one for one in resources if one.name == aws.names.detection_function and one.kind == "function")
    for one in resources[: resources.index(function)]:
        ensure(aws, one)
    refusals = Refusals(aws)
    code, no_send = "InvalidParameterValueException", "The role does not have permissions to call SendMessage on SQS"
    refusals.first(2, "lambda", "CreateFunction", code, "The role defined for the function cannot be assumed by Lambda")
    assert ensure(aws, function) == "created"
    queued, _ = deploy.prepared(replace(settings, trigger="queue"))
    assert ensure(queued, function) == "changed"
    refusals.first(2, "lambda", "UpdateFunctionConfiguration", code, no_send)
    assert ensure(aws, function) == "changed"
    assert ensure(aws, function) == "kept"
    refusals.first(10**6, "lambda", "UpdateFunctionConfiguration", code, no_send)
    assert ensure(queued, function) == "changed"
    with pytest.raises(StorageRefused, match="does not have permissions to call SendMessage"):
        ensure(aws, function)
    assert down(settings) == []


@pytest.mark.parametrize(
    "operation",
    ["CreateBucket", "PutBucketTagging", "PutBucketLifecycleConfiguration", "DeleteBucket"],
)
def test_a_bucket_takes_one_change_at_a_time(operation: str, bare: Bare) -> None:
    aws = Account(bare())
    bucket = blueprint.bucket(aws)
    refusals = Refusals(aws)
    refusals.first(2, "s3", operation, "OperationAborted", "A conflicting conditional operation is in progress")
    assert ensure(aws, bucket) == "created"
    assert ensure(aws, bucket) == "kept"
    assert resource.remove(aws, bucket)
    assert refusals.calls[operation] >= 3
