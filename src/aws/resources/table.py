"""The table of results, its two indexes, and its time to live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from src.aws.account import Account, owner_of
from src.aws.resource import OWNER, Facts, Resource, or_none
from src.pipeline.stores.results import BY_PERSON, BY_RUN

TTL = "expires_at"
INDEXES = {BY_RUN: ("run_id", "recorded_at"), BY_PERSON: ("person", "recorded_at")}
ATTRIBUTES = ("request_id", "item", "run_id", "person", "recorded_at")


@dataclass(frozen=True)
class Table(Resource):
    kind: ClassVar[str] = "table"

    def wanted(self, aws: Account) -> Facts:
        return {
            OWNER: aws.settings.prefix,
            "billing": "PAY_PER_REQUEST",
            "indexes": sorted(INDEXES),
            "time to live": TTL,
        }

    def found(self, aws: Account) -> Facts | None:
        dynamodb = aws.client("dynamodb")
        answer = or_none(lambda: dynamodb.describe_table(TableName=self.name), "ResourceNotFoundException")
        if answer is None:
            return None
        table = answer["Table"]
        if table["TableStatus"] == "CREATING":  # an earlier deployment was broken off just then
            dynamodb.get_waiter("table_exists").wait(TableName=self.name)
        live = dynamodb.describe_time_to_live(TableName=self.name)["TimeToLiveDescription"]
        on = live["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
        return {
            OWNER: owner_of(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"]).get("Tags")),
            "billing": table.get("BillingModeSummary", {}).get("BillingMode"),
            "indexes": sorted(index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])),
            "time to live": live.get("AttributeName") if on else None,
        }

    def create(self, aws: Account) -> None:
        dynamodb = aws.client("dynamodb")
        dynamodb.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=_attributes(),
            KeySchema=_key("request_id", "item"),
            GlobalSecondaryIndexes=[_index(name) for name in INDEXES],
            Tags=aws.tag_list,
        )
        dynamodb.get_waiter("table_exists").wait(TableName=self.name, WaiterConfig={"Delay": 2})

    def change(self, aws: Account, facts: Facts) -> None:
        dynamodb = aws.client("dynamodb")
        if "billing" in facts:
            dynamodb.update_table(TableName=self.name, BillingMode=facts["billing"])
        for name in facts.get("indexes", ()):
            self._add_index(aws, name)
        if "time to live" in facts:
            dynamodb.update_time_to_live(
                TableName=self.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL}
            )

    def delete(self, aws: Account) -> None:
        dynamodb = aws.client("dynamodb")
        dynamodb.delete_table(TableName=self.name)
        dynamodb.get_waiter("table_not_exists").wait(TableName=self.name, WaiterConfig={"Delay": 2})

    def _add_index(self, aws: Account, name: str) -> None:
        dynamodb = aws.client("dynamodb")
        table = dynamodb.describe_table(TableName=self.name)["Table"]
        if name in {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}:
            return
        dynamodb.update_table(
            TableName=self.name,
            AttributeDefinitions=_attributes(),
            GlobalSecondaryIndexUpdates=[{"Create": _index(name)}],  # DynamoDB takes one at a time
        )
        dynamodb.get_waiter("table_exists").wait(TableName=self.name)


def _attributes() -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in ATTRIBUTES]


def _key(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def _index(name: str) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": _key(*INDEXES[name]), "Projection": {"ProjectionType": "ALL"}}
