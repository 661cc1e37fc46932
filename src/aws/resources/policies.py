"""What each function may do: only what it does, only with what is its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from src.aws.account import Account
from src.aws.resources.log_group import log_group_of
from src.pipeline.contracts import CROPS, FRAMES, GALLERY

Document = dict[str, Any]

TRUST: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
# TransactWriteItems is authorised as the PutItem it holds.
RECORD = ("dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:BatchWriteItem")
CONSUME = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
)


def detection_policy(aws: Account) -> Document:
    """Reads frames, keeps crops that are too large for a message, asks for names, answers what has no face.

    With the direct trigger, Lambda sends what was given up to the dead-letter queue in the function's name.
    """
    names, bucket = aws.names, aws.bucket_arn()
    given_up = [aws.queue_arn(names.frame_dlq)] if aws.settings.trigger == "direct" else []
    return document(
        allow("ReadFrames", ["s3:GetObject"], [f"{bucket}/{FRAMES}*"]),
        # Without it a frame that is gone is "access denied", not "not found".
        allow("KnowWhatIsGone", ["s3:ListBucket"], [bucket]),
        allow("KeepCrops", ["s3:PutObject"], [f"{bucket}/{CROPS}*"]),
        allow("TakeFrameEvents", CONSUME, [aws.queue_arn(names.frame_queue)]),
        allow(
            "Send", ["sqs:SendMessage"], [aws.queue_arn(names.req_queue), aws.queue_arn(names.resp_queue), *given_up]
        ),
        allow("Record", RECORD, [aws.arn("dynamodb", f"table/{names.table}")]),
        _logs(aws, names.detection_function),
    )


def recognition_policy(aws: Account) -> Document:
    """Reads crops and the gallery, answers; looks for strangers that were seen before, where that is wanted."""
    names, bucket = aws.names, aws.bucket_arn()
    table = aws.arn("dynamodb", f"table/{names.table}")
    return document(
        *([allow("KnowStrangers", ["dynamodb:Query"], [table])] if aws.settings.strangers else []),
        allow("ReadCropsAndGallery", ["s3:GetObject"], [f"{bucket}/{CROPS}*", f"{bucket}/{GALLERY}*"]),
        allow("KnowWhatIsGone", ["s3:ListBucket"], [bucket]),
        allow("TakeRequests", CONSUME, [aws.queue_arn(names.req_queue)]),
        allow("Send", ["sqs:SendMessage"], [aws.queue_arn(names.resp_queue)]),
        allow("Record", RECORD, [aws.arn("dynamodb", f"table/{names.table}")]),
        _logs(aws, names.recognition_function),
    )


def _logs(aws: Account, function: str) -> Document:
    group = aws.arn("logs", f"log-group:{log_group_of(function)}:*")
    return allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [group])


def allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
