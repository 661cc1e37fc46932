"""face-detection: frames in S3 to requests with face crops; frames without a face get their answer here.

Woken by SQS records that carry S3 events (trigger ``queue``), by S3 events (trigger ``direct``) and by calls of
its function URL.
"""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger

from face_detection.service import DetectionService
from src.pipeline.events import frames_in_s3_event, is_sqs, is_url_call

logger = Logger(service="face-detection")
_service: DetectionService | None = None


def service() -> DetectionService:
    """The service, loaded once per process."""
    global _service
    if _service is None:
        _service = DetectionService.load(logger)
    return _service


def handler(event: dict[str, Any], context: Any) -> Any:
    """The entry point, in the image and on the embedded stack alike."""
    if is_sqs(event):
        return service().batch(event)
    if is_url_call(event):
        return service().url_call(event, context.get_remaining_time_in_millis() / 1000)
    for frame in frames_in_s3_event(event):
        service().process(frame)
    return None


if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # under Lambda the networks load in the init phase, before any event
    service()
