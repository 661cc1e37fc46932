"""The rest of a deployment around packaged functions: an embedded stack with bucket, queues and table, the gallery
enrolled, and, in place of Lambda's event source mappings, two threads that bring the queues' messages to the functions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from src.aws.account import Account
from src.aws.deploy import deployment_of, prepared
from src.aws.enroll import enroll
from src.aws.local import EmbeddedStack
from src.aws.packages import package_for
from src.aws.resource import ensure
from src.aws.resources.function import environment, threads_of
from src.pipeline.settings import PROJECT_ROOT, Settings
from tests.image.runtime_api import RuntimeApi

DUTIES = ("detection", "recognition")
# Starts a duty's process with an environment, and gives what ends it.
Start = Callable[[str, dict[str, str]], Callable[[], None]]


@contextmanager
def rails(package: str, start: Start, record: Path) -> Iterator[dict[str, float]]:
    """A deployment of packaged functions for the length of the block; seconds that each took to be ready.

    package: ``zip`` or ``image``; record: written so that ``python -m src.client`` finds the deployment.
    """
    with ExitStack() as block:
        stack = block.enter_context(EmbeddedStack())
        settings = replace(stack.settings(Settings.load({}, recognizer="dlib")), package=package)
        aws, resources = prepared(settings)
        for resource in resources:
            if resource.kind in {"bucket", "queue", "table"} or resource.name.endswith("events"):
                ensure(aws, resource)
        deployment = deployment_of(aws)
        enroll(deployment.settings(settings), PROJECT_ROOT / "gallery")
        deployment.save(record)
        told = environment(aws, package_for(aws))
        apis = {duty: block.enter_context(RuntimeApi(aws.arn("lambda", f"function:{duty}"))) for duty in DUTIES}
        ready = {}
        for duty, api in apis.items():
            api.begun = time.monotonic()
            threads = threads_of(getattr(aws.settings, f"{duty}_memory_mb"))
            block.callback(start(duty, threads | told | lambda_environment(aws, duty, api)))
            ready[duty] = api.wait_until_ready(60)
        ended = threading.Event()
        for duty, api in apis.items():
            queue = aws.names.frame_queue if duty == "detection" else aws.names.req_queue
            pump = threading.Thread(target=_pump, args=(aws, queue, api, ended), daemon=True)
            pump.start()
            block.callback(pump.join)
        block.callback(ended.set)
        yield ready


def lambda_environment(aws: Account, duty: str, api: RuntimeApi) -> dict[str, str]:
    """What Lambda itself sets."""
    return {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": f"face-{duty}",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(getattr(aws.settings, f"{duty}_memory_mb")),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/face-{duty}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "check",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": aws.region,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TZ": ":UTC",
    }


def _pump(aws: Account, queue: str, api: RuntimeApi, ended: threading.Event) -> None:
    sqs, url = aws.client("sqs"), aws.queue_url(queue)
    while not ended.is_set():
        request = {"QueueUrl": url, "MaxNumberOfMessages": 5, "WaitTimeSeconds": 1}
        messages = sqs.receive_message(MessageSystemAttributeNames=["All"], **request).get("Messages", [])
        if not messages:
            continue
        answer = api.invoke({"Records": [_record(message, aws.queue_arn(queue)) for message in messages]})
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _record(message: dict[str, Any], arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }
