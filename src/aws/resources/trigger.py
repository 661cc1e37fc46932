"""What wakes the functions: queues through event source mappings, the bucket through its notifications."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

from src.aws.account import Account
from src.aws.resource import Facts, Resource, or_none, until_accepted
from src.aws.resources import concurrency, snapshot
from src.aws.resources.belongings import owner_by_function
from src.pipeline.contracts import FRAMES

EVENTS = ["s3:ObjectCreated:*"]
NOTIFICATION_ID = "facelane-frames"
SETTLE_S = 120


@dataclass(frozen=True)
class QueueTrigger(Resource):
    """An event source mapping from a queue to a function."""

    kind: ClassVar[str] = "trigger"
    queue: str
    function: str
    batch: int

    def wanted(self, aws: Account) -> Facts:
        return {
            "batch": self.batch,
            "at most": concurrency.at_most(aws),
            "failures": "each message alone",
            "enabled": True,
            "calls": snapshot.arn_of(aws, self.function),
        }

    def found(self, aws: Account) -> Facts | None:
        mapping = self._mapping(aws)
        if mapping is None:
            return None
        alone = "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", [])
        return owner_by_function(aws, self.function) | {
            "batch": mapping.get("BatchSize"),
            "at most": mapping.get("ScalingConfig", {}).get("MaximumConcurrency"),
            "failures": "each message alone" if alone else "the whole batch",
            "enabled": mapping["State"] in {"Enabled", "Enabling", "Creating"},
            "calls": mapping["FunctionArn"],
        }

    def create(self, aws: Account) -> None:
        client = aws.client("lambda")
        request = {"EventSourceArn": aws.queue_arn(self.queue), **self._request(aws)}
        # The role's permissions take some seconds to be seen, and a mapping that is being removed to be gone.
        until_accepted(
            lambda: client.create_event_source_mapping(**request),
            ("InvalidParameterValueException", "ResourceConflictException", "ResourceInUseException"),
        )
        self._settle(aws)

    def change(self, aws: Account, facts: Facts) -> None:
        client, mapping = aws.client("lambda"), self._mapping(aws)
        assert mapping is not None
        request = {"UUID": mapping["UUID"], **self._request(aws)}
        until_accepted(lambda: client.update_event_source_mapping(**request), ("ResourceInUseException",))
        self._settle(aws)

    def delete(self, aws: Account) -> None:
        client, mapping = aws.client("lambda"), self._mapping(aws)
        assert mapping is not None
        until_accepted(
            lambda: or_none(
                lambda: client.delete_event_source_mapping(UUID=mapping["UUID"]), "ResourceNotFoundException"
            ),
            ("ResourceInUseException",),
        )
        self._settle(aws)

    def _request(self, aws: Account) -> dict[str, Any]:
        return {
            "FunctionName": snapshot.arn_of(aws, self.function),
            "BatchSize": self.batch,
            "Enabled": True,
            "ScalingConfig": {"MaximumConcurrency": concurrency.at_most(aws)},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }

    def _mapping(self, aws: Account) -> dict[str, Any] | None:
        # By queue: asked by function, Lambda leaves out those that call its alias.
        answer = or_none(
            lambda: aws.client("lambda").list_event_source_mappings(EventSourceArn=aws.queue_arn(self.queue)),
            "ResourceNotFoundException",
        )
        ours = aws.arn("lambda", f"function:{self.function}")
        for mapping in (answer or {}).get("EventSourceMappings", []):
            if mapping["State"] != "Deleting" and mapping["FunctionArn"] in {ours, f"{ours}:{snapshot.ALIAS}"}:
                return dict(mapping)
        return None

    def _settle(self, aws: Account) -> None:
        # There is no waiter for mappings.
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            mapping = self._mapping(aws)
            if mapping is None or mapping["State"] in {"Enabled", "Disabled"}:
                return
            time.sleep(1)


@dataclass(frozen=True)
class BucketTrigger(Resource):
    """The bucket's notification of new frames, to the queue, or straight to the function (trigger=direct)."""

    kind: ClassVar[str] = "trigger"
    bucket: str
    queue: str
    function: str

    def wanted(self, aws: Account) -> Facts:
        direct = aws.settings.trigger == "direct"
        return {
            "sends to": self._function_arn(aws) if direct else aws.queue_arn(self.queue),
            "prefix": FRAMES,
            "function allows it": direct,
        }

    def found(self, aws: Account) -> Facts | None:
        s3 = aws.client("s3")
        answer = or_none(lambda: s3.get_bucket_notification_configuration(Bucket=self.bucket), "NoSuchBucket", "404")
        ours = [entry for _, entries in _configurations(answer or {}) for entry in entries if _is_ours(entry)]
        if not ours:
            return None
        target = ours[0].get("QueueArn") or ours[0]["LambdaFunctionArn"]
        if target.split(":")[3] != aws.region:
            return None  # a bucket's name is known in every region, its notification is the deployment's of its own
        return {"sends to": target, "prefix": _prefix_of(ours[0]), "function allows it": self._is_allowed(aws)}

    def create(self, aws: Account) -> None:
        self._allow(aws)
        self._write(aws, self._entry(aws))

    def change(self, aws: Account, facts: Facts) -> None:
        self.create(aws)

    def delete(self, aws: Account) -> None:
        self._write(aws, None)
        self._forbid(aws)

    def _entry(self, aws: Account) -> tuple[str, dict[str, Any]]:
        entry = {
            "Id": NOTIFICATION_ID,
            "Events": EVENTS,
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": FRAMES}]}},
        }
        if aws.settings.trigger == "direct":
            return "LambdaFunctionConfigurations", entry | {"LambdaFunctionArn": self._function_arn(aws)}
        return "QueueConfigurations", entry | {"QueueArn": aws.queue_arn(self.queue)}

    def _write(self, aws: Account, ours: tuple[str, dict[str, Any]] | None) -> None:
        # A bucket has one notification configuration: what somebody else put into it stays.
        s3 = aws.client("s3")
        found = s3.get_bucket_notification_configuration(Bucket=self.bucket)
        written = {
            kind: [entry for entry in entries if not _is_ours(entry)] for kind, entries in _configurations(found)
        }
        if ours is not None:
            written.setdefault(ours[0], []).append(ours[1])
        if "EventBridgeConfiguration" in found:
            written["EventBridgeConfiguration"] = found["EventBridgeConfiguration"]
        # S3 tries the target at once, and refuses while the queue's policy has not spread.
        until_accepted(
            lambda: s3.put_bucket_notification_configuration(Bucket=self.bucket, NotificationConfiguration=written),
            ("InvalidArgument",), says="Unable to validate",
        )  # fmt: skip

    def _allow(self, aws: Account) -> None:
        if aws.settings.trigger != "direct":
            self._forbid(aws)
            return
        or_none(
            lambda: aws.client("lambda").add_permission(
                FunctionName=self.function,
                **snapshot.qualifier(aws),
                StatementId=NOTIFICATION_ID,
                Action="lambda:InvokeFunction",
                Principal="s3.amazonaws.com",
                SourceArn=aws.bucket_arn(),
                SourceAccount=aws.id,
            ),
            "ResourceConflictException",
        )

    def _forbid(self, aws: Account) -> None:
        if self._is_allowed(aws):
            called = {"FunctionName": self.function, **snapshot.qualifier(aws)}
            aws.client("lambda").remove_permission(**called, StatementId=NOTIFICATION_ID)

    def _is_allowed(self, aws: Account) -> bool:
        called = {"FunctionName": self.function, **snapshot.qualifier(aws)}
        answer = or_none(lambda: aws.client("lambda").get_policy(**called), "ResourceNotFoundException")
        return answer is not None and f'"{NOTIFICATION_ID}"' in answer["Policy"]

    def _function_arn(self, aws: Account) -> str:
        return snapshot.arn_of(aws, self.function)


def _configurations(found: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    kinds = ("QueueConfigurations", "LambdaFunctionConfigurations", "TopicConfigurations")
    return [(kind, found[kind]) for kind in kinds if found.get(kind)]


def _is_ours(entry: dict[str, Any]) -> bool:
    return entry.get("Id") == NOTIFICATION_ID


def _prefix_of(entry: dict[str, Any]) -> str | None:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return next((rule["Value"] for rule in rules if rule["Name"].lower() == "prefix"), None)
