"""Faces without a name that were seen before, each under a number of its own, under one key of the table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from botocore.exceptions import ClientError
from numpy.typing import NDArray

from src.pipeline.stores.connection import Connection, error_code, storage_errors

HEAD, ITEM = "head", "stranger#"
LARGEST = 10**12


@dataclass(frozen=True)
class Stranger:
    """embedding: (D,) float32 of the face as it was first seen, in the frame ``first_request``.

    first_seen, last_seen, expires_at: seconds since 1970.
    """

    number: int
    embedding: NDArray[np.float32]
    first_request: str
    first_seen: int
    last_seen: int
    expires_at: int

    @property
    def id(self) -> str:
        return f"stranger-{self.number}"


@dataclass(frozen=True)
class Head:
    """last: the newest number given out; removed: how many were taken away by hand."""

    last: int = 0
    removed: int = 0


class StrangerTable:
    """The strangers of one model. Raises NotFound, StorageUnavailable and StorageRefused."""

    def __init__(self, connection: Connection, table: str, model: str) -> None:
        self._dynamodb = connection.client("dynamodb")
        self.table = table
        self._partition = {"S": f"strangers#{model}"}  # no request id looks like this

    def head(self) -> Head:
        item = self._get(HEAD)
        return Head() if item is None else Head(int(item["last"]["N"]), int(item["removed"]["N"]))

    def get(self, number: int) -> Stranger | None:
        item = self._get(_name(number))
        return None if item is None else _stranger(item)

    def after(self, number: int) -> Iterator[Stranger]:
        """Those with a higher number, in order."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "ConsistentRead": True,
            "KeyConditionExpression": "request_id = :key AND #item BETWEEN :low AND :high",
            "ExpressionAttributeNames": {"#item": "item"},
            "ExpressionAttributeValues": {
                ":key": self._partition, ":low": {"S": _name(number + 1)}, ":high": {"S": _name(LARGEST - 1)},
            },
        }  # fmt: skip
        while True:
            with storage_errors(f"query {self.table}"):
                answer = self._dynamodb.query(**request)
            yield from map(_stranger, answer["Items"])
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def add(self, head: Head, embedding: NDArray[np.float32], request_id: str, *, keep_days: int) -> Stranger | None:
        """A new stranger, numbered after ``head``; None where another function gave out a number meanwhile."""
        now = int(time.time())
        added = Stranger(head.last + 1, embedding, request_id, now, now, now + keep_days * 86_400)
        put = {"Put": {"TableName": self.table, "Item": self._item(added)}}
        return added if self._write(head, Head(added.number, head.removed), put) else None

    def seen_again(self, stranger: Stranger, *, keep_days: int) -> Stranger | None:
        """Keep a stranger for longer; None where it was taken away meanwhile."""
        now = int(time.time())
        later = Stranger(
            stranger.number, stranger.embedding, stranger.first_request, stranger.first_seen, now,
            now + keep_days * 86_400,
        )  # fmt: skip
        with storage_errors(f"write to {self.table}"):
            try:
                self._dynamodb.put_item(
                    TableName=self.table, Item=self._item(later), ConditionExpression="attribute_exists(request_id)"
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return None
                raise
        return later

    def remove(self, number: int) -> None:
        """Take a stranger away; the functions see it within seconds. Its number is not given out again."""
        key = {"request_id": self._partition, "item": {"S": _name(number)}}
        head = self.head()
        while not self._write(
            head, Head(head.last, head.removed + 1), {"Delete": {"TableName": self.table, "Key": key}}
        ):
            head = self.head()

    def _write(self, before: Head, after: Head, action: Mapping[str, Any]) -> bool:
        """Move the head and do one thing with it, both or none; False where the head was moved meanwhile."""
        item = {
            "request_id": self._partition, "item": {"S": HEAD},
            "last": {"N": str(after.last)}, "removed": {"N": str(after.removed)},
        }  # fmt: skip
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(request_id)"}
        if before != Head():
            condition = {
                "ConditionExpression": "#last = :last AND removed = :removed",
                "ExpressionAttributeNames": {"#last": "last"},
                "ExpressionAttributeValues": {
                    ":last": {"N": str(before.last)}, ":removed": {"N": str(before.removed)},
                },
            }  # fmt: skip
        put = {"Put": {"TableName": self.table, "Item": item} | condition}
        with storage_errors(f"write to {self.table}"):
            try:
                self._dynamodb.transact_write_items(TransactItems=[put, dict(action)])
            except ClientError as error:
                if error_code(error) == "TransactionCanceledException":
                    return False
                raise
        return True

    def _item(self, stranger: Stranger) -> dict[str, Any]:
        times = {name: {"N": str(getattr(stranger, name))} for name in ("first_seen", "last_seen", "expires_at")}
        return {
            "request_id": self._partition,
            "item": {"S": _name(stranger.number)},
            "embedding": {"B": stranger.embedding.astype("<f4").tobytes()},
            "first_request": {"S": stranger.first_request},
        } | times

    def _get(self, name: str) -> dict[str, Any] | None:
        key = {"request_id": self._partition, "item": {"S": name}}
        with storage_errors(f"read from {self.table}"):
            found: dict[str, Any] = self._dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return found.get("Item")


def _name(number: int) -> str:
    return f"{ITEM}{number:012d}"


def _stranger(item: Mapping[str, Any]) -> Stranger:
    times = (int(item[name]["N"]) for name in ("first_seen", "last_seen", "expires_at"))
    embedding = np.frombuffer(bytes(item["embedding"]["B"]), "<f4").astype(np.float32)
    return Stranger(int(item["item"]["S"].removeprefix(ITEM)), embedding, item["first_request"]["S"], *times)
