"""Whose frames a message of the frame or the request queue is about: all that is needed to answer or replay it."""

from __future__ import annotations

from typing import Any

from src.pipeline.contracts import FrameKey, is_wake, loads
from src.pipeline.errors import ContractError
from src.pipeline.events import frames_in_s3_event


def frames_of(body: str) -> list[FrameKey]:
    """The frames of a message's body, be it an S3 event or a request; none for S3's test event or a wake.

    Raises ContractError when it does not say: such a message is nobody's, and no try can ever succeed.
    """
    if is_wake(body):
        return []
    value: Any = loads(body)
    if isinstance(value, dict) and "request_id" in value:
        return [_asked_for(value)]
    return [FrameKey(f.run_id, f.request_id, f.filename) for f in frames_in_s3_event(value, sent_at=0.0)]


def _asked_for(request: dict[str, Any]) -> FrameKey:
    ids = [request.get(name) for name in ("run_id", "request_id", "filename")]
    if not all(isinstance(value, str) and value for value in ids):
        raise ContractError("The message does not say whose frame it is.")
    run_id, request_id, filename = map(str, ids)
    return FrameKey(run_id, request_id, filename)
