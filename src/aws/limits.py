"""AWS's limits, checked before anything is called."""

from __future__ import annotations

import re

from src.aws.resources.log_group import DAYS
from src.aws.resources.queue import LARGEST_MESSAGE
from src.pipeline.contracts import MAX_MESSAGE_BYTES
from src.pipeline.errors import SettingsError
from src.pipeline.names import Names
from src.pipeline.settings import Settings

LONGEST_VISIBILITY_S = 43_200
ANY_ACCOUNT = "0" * 12
ITEM_BYTES = 400 * 1024
FACE_RECORD_BYTES = 400  # of one face in a frame's item: name, distance, box, score, with their attribute names


def check_limits(settings: Settings) -> None:
    """Raises SettingsError when the settings cannot be deployed."""
    names = Names(settings.prefix, ANY_ACCOUNT)
    _length("bucket", names.bucket, 63)
    if settings.snapstart and settings.package != "zip":
        raise SettingsError("--snapstart needs --package zip: Lambda takes no snapshots of images.")
    for queue in (names.frame_queue, names.frame_dlq, names.req_queue, names.req_dlq, names.resp_queue):
        _length("queue", queue, 80)
    for function in (names.detection_function, names.recognition_function):
        _length("function", function, 64)
        _length("role", names.role(function), 64)
    if settings.log_days not in DAYS:
        days = ", ".join(map(str, DAYS))
        raise SettingsError(f"log_days is {settings.log_days}; CloudWatch Logs keeps logs for {days} days.")
    if 6 * settings.function_timeout_s > LONGEST_VISIBILITY_S:
        raise SettingsError(
            f"function_timeout_s is {settings.function_timeout_s}: six times that is the queues' visibility timeout, "
            f"and SQS allows {LONGEST_VISIBILITY_S} s."
        )
    if MAX_MESSAGE_BYTES > LARGEST_MESSAGE:
        raise SettingsError(
            f"Messages of {MAX_MESSAGE_BYTES} bytes do not fit into SQS, which takes {LARGEST_MESSAGE}."
        )
    if settings.max_faces * FACE_RECORD_BYTES > ITEM_BYTES:
        raise SettingsError(
            f"max_faces is {settings.max_faces}: their record could pass DynamoDB's {ITEM_BYTES // 1024} KB an item; "
            f"at most {ITEM_BYTES // FACE_RECORD_BYTES} fit."
        )
    if settings.role_arn and not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", settings.role_arn):
        raise SettingsError(f"role_arn is {settings.role_arn!r}; it must be the ARN of a role.")


def _length(kind: str, name: str, most: int) -> None:
    if len(name) > most:
        raise SettingsError(f"The {kind} name {name} has {len(name)} characters; AWS allows {most}. Shorten --prefix.")
