"""What the table knows of people besides their records: their attributes, under one key of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from src.pipeline.stores.connection import Connection, storage_errors
from src.pipeline.stores.items import Item, from_item, to_item

INFO = "people#info"  # no request id looks like this
CHANGED, PERSON = "changed", "person#"


class PeopleTable:
    """Attributes of people. Raises NotFound, StorageUnavailable and StorageRefused."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._dynamodb = connection.client("dynamodb")
        self.table = table

    def changed_at(self) -> str | None:
        """When attributes were last changed (ISO 8601); None where nobody ever had any."""
        item = self._get(CHANGED)
        return None if item is None else str(item["changed_at"])

    def info(self, name: str) -> dict[str, str] | None:
        """A person's attributes, or None."""
        item = self._get(PERSON + name)
        return None if item is None else dict(item["attributes"])

    def all_info(self) -> dict[str, dict[str, str]]:
        """Everybody's attributes, in order of name."""
        request: Item = {
            "TableName": self.table,
            "KeyConditionExpression": "request_id = :info AND begins_with(#item, :person)",
            "ExpressionAttributeNames": {"#item": "item"},
            "ExpressionAttributeValues": to_item({":info": INFO, ":person": PERSON}),
        }
        found: dict[str, dict[str, str]] = {}
        with storage_errors(f"query {self.table}"):
            for page in self._dynamodb.get_paginator("query").paginate(**request):
                for item in map(from_item, page["Items"]):
                    found[item["item"].removeprefix(PERSON)] = dict(item["attributes"])
        return found

    def set_info(self, people: Mapping[str, Mapping[str, str] | None]) -> None:
        """Set people's attributes, or, with None, remove them; the functions see it within seconds."""
        for name, attributes in people.items():
            key = {"request_id": INFO, "item": PERSON + name}
            with storage_errors(f"write to {self.table}"):
                if attributes is None:
                    self._dynamodb.delete_item(TableName=self.table, Key=to_item(key))
                else:
                    item = to_item(key | {"attributes": dict(attributes)})
                    self._dynamodb.put_item(TableName=self.table, Item=item)
        marker = {"request_id": INFO, "item": CHANGED, "changed_at": datetime.now(UTC).isoformat()}
        with storage_errors(f"write to {self.table}"):
            self._dynamodb.put_item(TableName=self.table, Item=to_item(marker))

    def _get(self, item: str) -> Item | None:
        key = to_item({"request_id": INFO, "item": item})
        with storage_errors(f"read from {self.table}"):
            answer = self._dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None
