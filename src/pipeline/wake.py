"""A face-detection that starts wakes face-recognition: the two start side by side, not one after the other.

The message is in the request queue like any other, so that its event source starts an instance where none is idle;
there it is done as soon as it is read.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

from src.pipeline.contracts import WAKE
from src.pipeline.errors import FacelaneError
from src.pipeline.stores import Queue


def wake(requests: Queue, logger: Logger) -> None:
    """Send the message. Where it cannot be sent the first frame only takes longer."""
    try:
        requests.send(WAKE)
    except FacelaneError as error:
        logger.warning("could not wake face-recognition", extra={"reason": str(error)})
