"""One SQS queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from src.pipeline.contracts import dumps
from src.pipeline.errors import StorageUnavailable
from src.pipeline.stores.connection import Connection, storage_errors

BATCH = 10  # SQS's own limit


@dataclass(frozen=True)
class Received:
    """A message. sent_at: seconds since 1970, by SQS's clock."""

    body: str
    receipt: str
    sent_at: float


class Queue:
    """Send, long-poll, delete and give back. Raises NotFound, StorageUnavailable and StorageRefused."""

    def __init__(self, connection: Connection, url: str) -> None:
        self._sqs = connection.client("sqs")
        self.url = url
        self.name = url.rsplit("/", 1)[-1]

    def send(self, message: Mapping[str, Any]) -> None:
        self.send_text(dumps(message))

    def send_text(self, body: str) -> None:
        with storage_errors(f"send to {self.name}"):
            self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def receive(self, *, wait_s: int, hidden_s: int | None = None) -> list[Received]:
        """Up to ten messages, as soon as there is one; none after wait_s (0 to 20) seconds.

        hidden_s: until somebody else may receive them too; None takes the queue's own.
        """
        hidden = {} if hidden_s is None else {"VisibilityTimeout": hidden_s}
        with storage_errors(f"receive from {self.name}"):
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=wait_s,
                MessageSystemAttributeNames=["SentTimestamp"],
                **hidden,
            )
        return [
            Received(m["Body"], m["ReceiptHandle"], int(m["Attributes"]["SentTimestamp"]) / 1000)
            for m in answer.get("Messages", [])
        ]

    def delete(self, messages: Iterable[Received]) -> None:
        entries = [{"Id": str(n), "ReceiptHandle": m.receipt} for n, m in enumerate(messages)]
        self._batched("delete from", self._sqs.delete_message_batch, entries)

    def give_back(self, messages: Iterable[Received]) -> None:
        """Make messages visible again at once, for the client they are meant for."""
        entries = [{"Id": str(n), "ReceiptHandle": m.receipt, "VisibilityTimeout": 0} for n, m in enumerate(messages)]
        self._batched("give back to", self._sqs.change_message_visibility_batch, entries)

    def retry_in(self, receipt: str, seconds: int) -> None:
        """Make one message that is in flight visible again after some seconds (0 to 43,200)."""
        with storage_errors(f"give back to {self.name}"):
            self._sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

    def purge(self) -> None:
        """Delete all messages; at most once a minute, says SQS."""
        with storage_errors(f"purge {self.name}"):
            self._sqs.purge_queue(QueueUrl=self.url)

    def depth(self) -> int:
        """About how many messages wait, are in flight or delayed."""
        return self._count("", "NotVisible", "Delayed")

    def in_flight(self) -> int:
        """About how many messages somebody received and has not done with."""
        return self._count("NotVisible")

    def _count(self, *suffixes: str) -> int:
        names = [f"ApproximateNumberOfMessages{suffix}" for suffix in suffixes]
        with storage_errors(f"ask the depth of {self.name}"):
            answer = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(answer["Attributes"].get(name, 0)) for name in names)

    def _batched(self, action: str, call: Any, entries: list[dict[str, Any]]) -> None:
        for start in range(0, len(entries), BATCH):
            with storage_errors(f"{action} {self.name}"):
                answer = call(QueueUrl=self.url, Entries=entries[start : start + BATCH])
            refused = [f for f in answer.get("Failed", []) if not f.get("SenderFault")]
            if refused:  # a sender fault is an expired receipt: the message is visible again by itself
                raise StorageUnavailable(f"Cannot {action} {self.name}: {refused[0].get('Message')}")
