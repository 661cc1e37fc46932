"""Events of several hundred KB through the real service: what one leaves in memory is little beside its size.

The garbage collector is off, so that nothing but an event's own end frees it, or the batch itself where it failed: left
to the collector, events pile up for thousands of frames until it looks at its oldest generation.
"""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from aws_lambda_powertools import Logger

from face_recognition.service import RecognitionService
from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import down
from src.aws.resource import ensure
from src.pipeline.contracts import Face, Request, dumps
from src.pipeline.crop_codec import pack, to_text
from src.pipeline.embedder import Embedder
from src.pipeline.faces import FaceNamer
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection

RECORDS, WARM, EVENTS = 5, 3, 10
FACE = Face((1.0, 2.0, 3.0, 4.0), 0.9, ((1.0, 2.0),) * 5)
CROPS = to_text(pack(np.random.default_rng(6).integers(0, 256, (1, 150, 150, 3), np.uint8)))


@pytest.fixture
def service(bare: Callable[..., Settings]) -> Iterator[RecognitionService]:
    settings = bare()
    aws = Account(settings)
    for resource in (blueprint.bucket(aws), blueprint.table(aws), *blueprint.queues(aws)):
        ensure(aws, resource)
    urls = {
        name: aws.queue_url(getattr(aws.names, name.removesuffix("_url")))
        for name in ("req_queue_url", "resp_queue_url")
    }
    there = replace(settings, bucket=aws.names.bucket, table=aws.names.table, **urls)
    namer = FaceNamer(Embedder.load(there, "dlib"), None)
    yield RecognitionService(there, namer, "dlib", Connection(there), Logger())
    assert down(settings) == []


def event(crops: str) -> dict[str, Any]:
    """As Lambda makes it of a batch of messages: parsed from JSON, with texts of its own."""
    request = Request("", "run", "a.jpg", (200, 150), (FACE,), crops=crops).to_json()
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(time.time() * 1000))}
    return dict(json.loads(json.dumps({"Records": [
        {"messageId": str(uuid.uuid4()), "receiptHandle": "of no message", "eventSource": "aws:sqs",
         "attributes": attributes, "body": dumps(request | {"request_id": uuid.uuid4().hex})}
        for _ in range(RECORDS)
    ]})))  # fmt: skip


@pytest.mark.parametrize(("crops", "failed"), [(CROPS, 0), (CROPS[:-40], RECORDS)], ids=["done", "failed"])
def test_an_event_is_let_go_of(service: RecognitionService, crops: str, failed: int) -> None:
    def work(events: int) -> None:
        for _ in range(events):
            assert len(service.batch(event(crops))["batchItemFailures"]) == failed

    work(WARM)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        work(EVENTS)
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert left / EVENTS < RECORDS * len(crops) / 4
