"""face-recognition: requests with face crops to names; every frame that reaches it gets its answer here."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger

from face_recognition.service import RecognitionService

logger = Logger(service="face-recognition")
_service: RecognitionService | None = None


def service() -> RecognitionService:
    """The service, loaded once per process."""
    global _service
    if _service is None:
        _service = RecognitionService.load(logger)
    return _service


def handler(event: dict[str, Any], context: Any) -> Any:
    """The entry point, in the image and on the embedded stack alike."""
    return service().batch(event)


if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # under Lambda the network loads in the init phase, before any event
    service()
