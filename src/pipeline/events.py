"""What wakes the functions: S3 events, SQS records that carry them, Function URL calls. Nothing about faces."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from src.pipeline.contracts import FRAMES, FrameKey, loads
from src.pipeline.errors import ContractError

RESERVED = "#"  # in what the table keeps beside frames (people#info, strangers#…): in no request id


@dataclass(frozen=True)
class StoredFrame:
    """A frame that was put into the bucket. sent_at: seconds since 1970, when the event was published."""

    bucket: str
    key: str
    run_id: str
    request_id: str
    filename: str
    sent_at: float


def is_url_call(event: Mapping[str, Any]) -> bool:
    """Whether the event is an HTTP call of the function URL (payload format 2.0)."""
    context = event.get("requestContext")
    return isinstance(context, dict) and "http" in context


def is_sqs(event: Mapping[str, Any]) -> bool:
    records = event.get("Records")
    return isinstance(records, list) and all(
        isinstance(record, dict) and record.get("eventSource") == "aws:sqs" for record in records
    )


def frames_in_sqs_record(record: Mapping[str, Any]) -> list[StoredFrame]:
    """The frames of one SQS record whose body is an S3 event. Raises ContractError for any other body."""
    return frames_in_s3_event(loads(str(record.get("body", ""))), sent_at=sent_at(record))


def frames_in_s3_event(event: Any, *, sent_at: float | None = None) -> list[StoredFrame]:
    """The frames of an S3 event; none for the test event that S3 sends when a notification is set up."""
    if not isinstance(event, dict):
        raise ContractError("The event is not an object.")
    if event.get("Event") == "s3:TestEvent":
        return []
    records = event.get("Records")
    if not isinstance(records, list):
        raise ContractError("The event has no Records and is not a test event.")
    return [_stored_frame(record, sent_at) for record in records]


def sent_at(record: Mapping[str, Any]) -> float:
    """When an SQS record was sent, in seconds since 1970. Raises ContractError when it does not say."""
    try:
        return int(record["attributes"]["SentTimestamp"]) / 1000
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ContractError("The SQS record has no SentTimestamp.") from None


def receive_count(record: Mapping[str, Any]) -> int:
    """How often an SQS record has been delivered, this time included."""
    try:
        return int(record["attributes"]["ApproximateReceiveCount"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return 1


def _stored_frame(record: Any, sent: float | None) -> StoredFrame:
    try:
        bucket = str(record["s3"]["bucket"]["name"])
        key = unquote_plus(str(record["s3"]["object"]["key"]))  # S3 form-encodes keys in events
        key.encode()  # half a surrogate pair, which JSON can spell, is a ValueError: no object is called so
        published = sent if sent is not None else datetime.fromisoformat(str(record["eventTime"])).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ContractError(f"The S3 event record is incomplete: {error!r}.") from None
    try:
        frame = FrameKey.parse(key)
        if RESERVED in frame.request_id:
            raise ContractError(f"The key {key!r} has no request id that a client makes.")
    except ContractError:
        frame = _adopted(bucket, key, str(record["s3"]["object"].get("eTag", "")))
    return StoredFrame(bucket, key, frame.run_id, frame.request_id, frame.filename, published)


def _adopted(bucket: str, key: str, etag: str) -> FrameKey:
    """Ids for a frame that somebody put there by hand: a repeated event has the same id, another picture another."""
    digest = hashlib.sha256(f"{bucket}/{key}/{etag}".encode("utf-8", "replace")).hexdigest()
    return FrameKey("adopted", digest[:32], key.removeprefix(FRAMES) or key)
