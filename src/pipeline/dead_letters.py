"""Whose frames a message of a dead-letter queue is about, and what to send to try it again.

There lie messages of the frame and of the request queue, and S3 events with which face-detection was called directly.
"""

from __future__ import annotations

from typing import Any

from src.pipeline.contracts import FrameKey, dumps, is_wake, loads
from src.pipeline.errors import ContractError
from src.pipeline.events import frames_in_s3_event

# Lambda's dead letter is the event itself. A failure destination's, and the embedded stack's, has it in this field.
WRAPPED = "requestPayload"


def frames_of(body: str) -> list[FrameKey]:
    """The frames of a message's body, be it an S3 event or a request; none for S3's test event or a wake.

    Raises ContractError when it does not say: such a message is nobody's, and no try can ever succeed.
    """
    if is_wake(body):
        return []
    value: Any = loads(body)
    if isinstance(value, dict) and "request_id" in value:
        return [_asked_for(value)]
    if _is_wrapped(value):
        value = value[WRAPPED]
    return [FrameKey(f.run_id, f.request_id, f.filename) for f in frames_in_s3_event(value, sent_at=0.0)]


def to_try_again(body: str) -> str:
    """What the queue in front is to be sent. Raises ContractError for what is no JSON."""
    value = loads(body)
    return dumps(value[WRAPPED]) if _is_wrapped(value) else body


def _is_wrapped(value: Any) -> bool:
    return isinstance(value, dict) and WRAPPED in value


def _asked_for(request: dict[str, Any]) -> FrameKey:
    ids = [request.get(name) for name in ("run_id", "request_id", "filename")]
    if not all(isinstance(value, str) and value for value in ids):
        raise ContractError("The message does not say whose frame it is.")
    run_id, request_id, filename = map(str, ids)
    return FrameKey(run_id, request_id, filename)
