"""The queues, each that feeds a function with a dead-letter queue behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from src.aws.account import Account, owner_of
from src.aws.resource import OWNER, Facts, Resource, or_none, until_accepted

MISSING = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
DELETED_RECENTLY = ("AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently")
FACTS = {
    "visibility s": "VisibilityTimeout",
    "kept s": "MessageRetentionPeriod",
    "long poll s": "ReceiveMessageWaitTimeSeconds",
    "largest message": "MaximumMessageSize",
    "encryption": "SqsManagedSseEnabled",
    "dead letters": "RedrivePolicy",
    "policy": "Policy",
}
AS_JSON = {"dead letters", "policy"}
LARGEST_MESSAGE = 1024 * 1024
DLQ_DAYS = 14  # as long as SQS keeps anything: time to look, mend and redrive


@dataclass(frozen=True)
class Queue(Resource):
    """dead_letters: the queue that takes what was tried often enough; from_bucket: S3 may send events to it.

    feeds_function: its visibility timeout is six times the function's, as AWS asks, so that a message is not
    given out again while it is still worked on.
    """

    kind: ClassVar[str] = "queue"
    dead_letters: str | None = None
    from_bucket: bool = False
    feeds_function: bool = False
    is_dlq: bool = False

    def wanted(self, aws: Account) -> Facts:
        settings = aws.settings
        return {
            OWNER: settings.prefix,
            "visibility s": 6 * settings.function_timeout_s if self.feeds_function else 30,
            "kept s": DLQ_DAYS * 86_400 if self.is_dlq else settings.queue_hours * 3600,
            "long poll s": 20,
            "largest message": LARGEST_MESSAGE,
            "encryption": True,
            "dead letters": self._redrive(aws),
            "policy": bucket_may_send(aws, self.name) if self.from_bucket else None,
        }

    def found(self, aws: Account) -> Facts | None:
        sqs = aws.client("sqs")
        answer = or_none(lambda: sqs.get_queue_url(QueueName=self.name), *MISSING)
        if answer is None:
            return None
        url = answer["QueueUrl"]
        attributes = or_none(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]), *MISSING)
        if attributes is None:
            return None
        texts = attributes.get("Attributes", {})
        facts: Facts = {OWNER: owner_of(sqs.list_queue_tags(QueueUrl=url).get("Tags"))}
        for name, attribute in FACTS.items():
            facts[name] = _read(name, texts.get(attribute))
        return facts

    def create(self, aws: Account) -> None:
        until_accepted(
            lambda: aws.client("sqs").create_queue(QueueName=self.name, tags=aws.tags),
            DELETED_RECENTLY, tries=40,
        )  # fmt: skip

    def change(self, aws: Account, facts: Facts) -> None:
        attributes = {FACTS[name]: _written(name, value) for name, value in facts.items() if name in FACTS}
        aws.client("sqs").set_queue_attributes(QueueUrl=aws.queue_url(self.name), Attributes=attributes)

    def delete(self, aws: Account) -> None:
        or_none(lambda: aws.client("sqs").delete_queue(QueueUrl=aws.queue_url(self.name)), *MISSING)

    def depth(self, aws: Account) -> tuple[int, int] | None:
        """About how many messages wait and are being worked on; None where there is no queue."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = aws.queue_url(self.name)
        answer = or_none(
            lambda: aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names), *MISSING
        )  # fmt: skip
        if answer is None:
            return None
        waiting, in_flight = (int(answer["Attributes"].get(name, 0)) for name in names)
        return waiting, in_flight

    def _redrive(self, aws: Account) -> dict[str, Any] | None:
        if self.dead_letters is None:
            return None
        target = aws.queue_arn(self.dead_letters)
        return {"deadLetterTargetArn": target, "maxReceiveCount": aws.settings.max_receive_count}


def bucket_may_send(aws: Account, queue: str) -> dict[str, Any]:
    """A queue policy: S3 may send, for this bucket of this account only."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "BucketEvents",
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": aws.queue_arn(queue),
                "Condition": {
                    "ArnLike": {"aws:SourceArn": aws.bucket_arn()},
                    "StringEquals": {"aws:SourceAccount": aws.id},
                },
            }
        ],
    }


def _read(name: str, text: str | None) -> Any:
    if not text:
        return None
    if name in AS_JSON:
        value = json.loads(text)
        if name == "dead letters":  # SQS answers with a number or a text, depending on how it was set
            value["maxReceiveCount"] = int(value["maxReceiveCount"])
        return value
    return text.lower() == "true" if name == "encryption" else int(text)


def _written(name: str, value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if name in AS_JSON else str(value).lower() if isinstance(value, bool) else str(value)
