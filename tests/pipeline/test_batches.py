"""Batches on a real queue, given to the handler as Lambda gives them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from src.aws import blueprint
from src.aws.account import Account
from src.aws.resource import ensure, remove
from src.pipeline.batches import Batch, Record
from src.pipeline.errors import ContractError
from src.pipeline.settings import Settings
from src.pipeline.side_work import failed
from src.pipeline.stores import Connection, Queue

Poll = Callable[[], dict[str, Any]]


@pytest.fixture
def queue(bare: Callable[..., Settings]) -> Iterator[tuple[Queue, Poll]]:
    settings = bare()
    account = Account(settings)
    (made,) = [one for one in blueprint.queues(account) if one.name == account.names.resp_queue]
    ensure(account, made)
    sqs, url = account.client("sqs"), account.queue_url(made.name)

    def poll() -> dict[str, Any]:
        found = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=60,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
        )
        return {
            "Records": [
                {"messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"],
                 "attributes": m["Attributes"], "eventSource": "aws:sqs"}
                for m in found.get("Messages", [])
            ]
        }  # fmt: skip

    yield Queue(Connection(settings), url), poll
    assert remove(account, made)


def batch(queue: Queue, worked_on: list[str], tries: int = 5, logger: Logger | None = None) -> Batch:
    def begin(records: Sequence[Record]) -> dict[str, list[Future[None]]]:
        worked_on.extend(record["body"] for record in records)
        done: Future[None] = Future()
        done.set_result(None)
        return {record["messageId"]: [done] for record in records}

    log = logger or Logger()
    return Batch(queue, log, max_receive_count=tries, begin=begin, give_up=lambda record, reason: None)


def came_back(queue: Queue, poll: Poll, count: int) -> dict[str, Any]:
    """The second delivery of a batch, after a crash in the first."""
    for number in range(count):
        queue.send_text(str(number))
    first = poll()["Records"]
    assert len(first) == count
    for record in first:
        queue.retry_in(record["receiptHandle"], 0)
    return poll()


def test_what_comes_back_together_is_tried_one_by_one(queue: tuple[Queue, Poll]) -> None:
    event, worked_on = came_back(*queue, count=3), list[str]()
    answer = batch(queue[0], worked_on).process(event)
    assert worked_on == [event["Records"][0]["body"]]
    put_off = [record["messageId"] for record in event["Records"][1:]]
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == put_off
    assert queue[1]()["Records"] == [], "not at once"


def test_one_that_comes_back_is_worked_on_with_the_new_ones(queue: tuple[Queue, Poll]) -> None:
    event, worked_on = came_back(*queue, count=1), list[str]()
    for body in ("new", "newer"):
        queue[0].send_text(body)
    event["Records"] += queue[1]()["Records"]
    assert batch(queue[0], worked_on).process(event) == {"batchItemFailures": []}
    assert worked_on == ["0", "new", "newer"]


def test_where_there_are_few_tries_none_is_spent_on_it(queue: tuple[Queue, Poll]) -> None:
    event, worked_on = came_back(*queue, count=3), list[str]()
    assert batch(queue[0], worked_on, tries=3).process(event) == {"batchItemFailures": []}
    assert worked_on == ["0", "1", "2"]


def test_what_names_no_frame_is_tried_again_as_soon_as_anything_else(queue: tuple[Queue, Poll]) -> None:
    def begin(records: Sequence[Record]) -> dict[str, list[Future[None]]]:
        return {record["messageId"]: [failed(ContractError("no frame"))] for record in records}

    def give_up(record: Record, reason: str) -> None:
        raise ContractError(f"{record['body']} names no frame: {reason}")

    channel, poll = queue
    channel.send_text("poison")
    answer = Batch(channel, Logger(), max_receive_count=1, begin=begin, give_up=give_up).process(poll())
    assert len(answer["batchItemFailures"]) == 1
    assert [record["body"] for record in poll()["Records"]] == ["poison"]  # at once, not in a minute


def test_the_log_says_of_each_batch_how_it_went(queue: tuple[Queue, Poll]) -> None:
    sqs, poll = queue
    for body in ("one", "two"):
        sqs.send_text(body)
    log = io.StringIO()
    batch(sqs, [], logger=Logger(service="a log of its own", stream=log)).process(poll())
    (line,) = (json.loads(line) for line in log.getvalue().splitlines())
    assert (line["level"], line["message"], line["records"], line["not_done"]) == ("INFO", "batch", 2, 0)
