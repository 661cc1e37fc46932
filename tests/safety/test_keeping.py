"""How long pictures and answers are kept: read back from a deployment, from its items, and from its messages."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from src.aws.account import Account
from src.aws.resources.bucket import NO_PUBLIC, tls_only
from src.pipeline.contracts import Response, Status
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, ResultTable
from tests.conftest import Stack

DAY_S = 86_400


@pytest.fixture(scope="module")
def aws(stack: Stack) -> Account:
    return Account(stack.settings)


def test_frames_crops_and_videos_expire_and_broken_uploads_sooner(aws: Account) -> None:
    rules = aws.client("s3").get_bucket_lifecycle_configuration(Bucket=aws.names.bucket)["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    days = {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules if "Expiration" in rule}
    assert days == dict.fromkeys(("frames/", "crops/", "videos/"), aws.settings.frame_days)
    assert Settings().frame_days <= 7
    broken = [rule["AbortIncompleteMultipartUpload"] for rule in rules if "AbortIncompleteMultipartUpload" in rule]
    assert broken == [{"DaysAfterInitiation": 1}]


def test_the_bucket_is_closed_encrypted_and_on_aws_speaks_tls_only(aws: Account) -> None:
    s3, name = aws.client("s3"), aws.names.bucket
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == NO_PUBLIC
    assert set(NO_PUBLIC.values()) == {True}
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (denied,) = tls_only("arn:aws:s3:::b")["Statement"]
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_messages_are_gone_after_a_day_and_dead_letters_after_fourteen(aws: Account) -> None:
    names = aws.names
    kept = {}
    for queue in (names.frame_queue, names.req_queue, names.resp_queue, names.frame_dlq, names.req_dlq):
        found = aws.client("sqs").get_queue_attributes(QueueUrl=aws.queue_url(queue), AttributeNames=["All"])
        kept[queue.removeprefix(names.prefix)] = int(found["Attributes"]["MessageRetentionPeriod"])
        assert json.loads(found["Attributes"]["SqsManagedSseEnabled"].lower()) is True
    day, dead = Settings().queue_hours * 3600, 14 * DAY_S
    assert kept == {"-frame-queue": day, "-req-queue": day, "-resp-queue": day, "-frame-dlq": dead, "-req-dlq": dead}
    assert day <= DAY_S


def test_answers_expire(stack: Stack, aws: Account) -> None:
    dynamodb = aws.client("dynamodb")
    live = dynamodb.describe_time_to_live(TableName=aws.names.table)["TimeToLiveDescription"]
    assert live == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    table = ResultTable(Connection(stack.settings), stack.settings.need("table"))
    answer: dict[str, Any] = {"request_id": "kept", "run_id": "kept", "filename": "kept.jpg", "status": Status.NO_FACE}
    table.record(Response(**answer), keep_days=stack.settings.record_days)
    item = table.get("kept")
    assert item is not None
    assert int(item["expires_at"]) == pytest.approx(time.time() + stack.settings.record_days * DAY_S, abs=60)


def test_logs_expire(aws: Account) -> None:
    for function in (aws.names.detection_function, aws.names.recognition_function):
        found = aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]
        assert [group["retentionInDays"] for group in found] == [aws.settings.log_days]
