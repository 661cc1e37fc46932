"""Which request ids were taken by HTTP, for which picture, and what was answered: an item beside the frame's own."""

from __future__ import annotations

import time
from dataclasses import dataclass

from botocore.exceptions import ClientError

from src.pipeline.errors import StorageUnavailable
from src.pipeline.stores.connection import Connection, error_code, storage_errors

ITEM = "call"


@dataclass(frozen=True)
class Claim:
    """picture: SHA-256 of the encoded picture; faces: the number that the caller was told."""

    picture: str
    faces: int


class Claims:
    """The first call of a request id claims it. Raises NotFound, StorageUnavailable and StorageRefused."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._dynamodb = connection.client("dynamodb")
        self.table = table

    def claim(self, request_id: str, claim: Claim, *, keep_days: int) -> Claim | None:
        """Claim a request id; the claim that was there before, or None where this is the first."""
        item = {
            "request_id": {"S": request_id},
            "item": {"S": ITEM},
            "picture": {"S": claim.picture},
            "count": {"N": str(claim.faces)},
            "expires_at": {"N": str(int(time.time()) + keep_days * 86_400)},
        }
        with storage_errors(f"claim {request_id} in {self.table}"):
            try:
                self._dynamodb.put_item(
                    TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(request_id)"
                )
                return None
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
            key = {"request_id": item["request_id"], "item": item["item"]}
            found = self._dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if found is None:
            raise StorageUnavailable(f"Cannot claim {request_id} in {self.table}: an earlier claim has just expired.")
        return Claim(found["picture"]["S"], int(found["count"]["N"]))
