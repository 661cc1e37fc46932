"""The message by which face-detection wakes face-recognition is done as soon as it is read, and is nobody's frame."""

from __future__ import annotations

import json
import time

from src.aws.account import Account
from src.pipeline.contracts import WAKE, dumps, is_wake
from src.pipeline.dead_letters import frames_of
from src.pipeline.stores import Connection, Queue
from tests.conftest import Stack


def test_a_wake_beside_a_request_that_cannot_be_read(stack: Stack):
    aws = Account(stack.settings)
    attributes = {"SentTimestamp": "0", "ApproximateReceiveCount": "1"}
    records = [
        {"messageId": name, "receiptHandle": "none", "body": body, "attributes": attributes, "eventSource": "aws:sqs"}
        for name, body in (("wake", dumps(WAKE)), ("nonsense", "{}"))
    ]
    answer = aws.client("lambda").invoke(
        FunctionName=aws.names.recognition_function, Payload=json.dumps({"Records": records})
    )
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": [{"itemIdentifier": "nonsense"}]}


def test_a_wake_is_taken_from_the_queue_and_not_dead_lettered(stack: Stack):
    connection = Connection(stack.settings)
    requests, dead = (Queue(connection, url) for url in (stack.deployment.req_queue_url, stack.deployment.req_dlq_url))
    before = dead.depth()
    requests.send(WAKE)
    until = time.monotonic() + 60
    while requests.depth() and time.monotonic() < until:
        time.sleep(0.1)
    assert (requests.depth(), dead.depth()) == (0, before)


def test_a_dead_wake_is_nobodys_frame():
    assert frames_of(dumps(WAKE)) == []
    assert not is_wake('{"request_id": "a"}')
