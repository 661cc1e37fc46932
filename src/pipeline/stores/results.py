"""The table of results: one item per frame, written once, and one per face."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from src.pipeline.contracts import Response, Status
from src.pipeline.stores.connection import Connection, error_code, storage_errors
from src.pipeline.stores.items import Item, from_item, to_item

BY_RUN, BY_PERSON = "by-run", "by-person"
TRANSACTION_ITEMS = 100  # DynamoDB's own limits
BATCH_WRITE, BATCH_GET = 25, 100


class ResultTable:
    """Records of frames and faces. Raises NotFound, StorageUnavailable and StorageRefused."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._dynamodb = connection.client("dynamodb")
        self.table = table

    def record(self, response: Response, *, keep_days: int) -> bool:
        """Write a frame's answer and its faces, unless the frame has one already; whether it was written.

        A real answer replaces ``failed``, so that a replayed message can still succeed; not that of a frame that
        was forgotten. The frame and its faces are written in one transaction: either all of them are there or none.
        """
        now = datetime.now(UTC)
        stamps = {"recorded_at": now.isoformat(), "expires_at": int(now.timestamp()) + keep_days * 86_400}
        frame = _frame_item(response) | stamps
        faces = [item | stamps for item in _face_items(response)]
        condition: Item = {"ConditionExpression": "attribute_not_exists(request_id)"}
        if response.status is not Status.FAILED:
            condition = {
                "ConditionExpression": "attribute_not_exists(request_id) OR "
                "(#status = :failed AND attribute_not_exists(forgotten))",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":failed": {"S": Status.FAILED.value}},
            }
        first, rest = faces[: TRANSACTION_ITEMS - 1], faces[TRANSACTION_ITEMS - 1 :]
        with storage_errors(f"record {response.filename} in {self.table}"):
            if rest and self.get(response.request_id) is None:
                self._put_all(rest)  # before the frame's item: what it promises is there when it is seen
            try:
                self._dynamodb.transact_write_items(
                    TransactItems=[
                        {"Put": {"TableName": self.table, "Item": to_item(frame)} | condition},
                        *({"Put": {"TableName": self.table, "Item": to_item(face)}} for face in first),
                    ]
                )
            except ClientError as error:
                if _is_already_there(error):
                    return False
                raise
        return True

    def reopen(self, request_id: str) -> bool:
        """Remove a frame's answer where it is ``failed``, because the frame is tried again; whether it was."""
        with storage_errors(f"reopen {request_id} in {self.table}"):
            try:
                self._dynamodb.delete_item(
                    TableName=self.table,
                    Key=to_item({"request_id": request_id, "item": "frame"}),
                    ConditionExpression="#status = :failed AND attribute_not_exists(forgotten)",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={":failed": {"S": Status.FAILED.value}},
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def get(self, request_id: str) -> Item | None:
        """A frame's item, strongly consistent."""
        key = to_item({"request_id": request_id, "item": "frame"})
        with storage_errors(f"read {request_id} from {self.table}"):
            answer = self._dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, request_ids: Sequence[str]) -> list[Item]:
        """The frame items there are among the given ids, strongly consistent."""
        found: list[Item] = []
        for start in range(0, len(request_ids), BATCH_GET):
            keys = [to_item({"request_id": r, "item": "frame"}) for r in request_ids[start : start + BATCH_GET]]
            request: Item = {self.table: {"Keys": keys, "ConsistentRead": True}}
            with storage_errors(f"read from {self.table}"):
                answer = self._dynamodb.batch_get_item(RequestItems=request)
            # UnprocessedKeys are simply not found this time; callers ask again for what is still missing.
            found += [from_item(item) for item in answer["Responses"].get(self.table, [])]
        return found

    def faces(self, request_id: str) -> list[Item]:
        """The face items of a frame, in order."""
        return list(
            self._query("request_id = :id AND begins_with(#item, :face)", {":id": request_id, ":face": "face#"},
                        names={"#item": "item"})
        )  # fmt: skip

    def by_run(self, run_id: str, *, since: str | None = None) -> Iterator[Item]:
        """The frame items of a run in the order they were recorded; since: an ISO 8601 time."""
        return self._by(BY_RUN, "run_id", run_id, since)

    def by_person(self, person: str, *, since: str | None = None) -> Iterator[Item]:
        """The face items of a person in the order they were recorded; since: an ISO 8601 time."""
        return self._by(BY_PERSON, "person", person, since)

    def _by(self, index: str, attribute: str, value: str, since: str | None) -> Iterator[Item]:
        condition, values = f"{attribute} = :value", {":value": value}
        if since:
            condition, values = condition + " AND recorded_at >= :since", values | {":since": since}
        return self._query(condition, values, index=index)

    def _query(
        self, condition: str, values: Item, *, index: str | None = None, names: Item | None = None
    ) -> Iterator[Item]:
        request: Item = {
            "TableName": self.table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": to_item(values),
        }
        if index:
            request["IndexName"] = index
        if names:
            request["ExpressionAttributeNames"] = names
        while True:
            with storage_errors(f"query {self.table}"):
                answer = self._dynamodb.query(**request)
            yield from (from_item(item) for item in answer["Items"])
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _put_all(self, items: Sequence[Item]) -> None:
        for start in range(0, len(items), BATCH_WRITE):
            pending: Item = {
                self.table: [{"PutRequest": {"Item": to_item(i)}} for i in items[start : start + BATCH_WRITE]]
            }
            while pending:
                pending = self._dynamodb.batch_write_item(RequestItems=pending).get("UnprocessedItems") or {}


def response_of(item: Item) -> Response:
    """The answer that a frame item records."""
    return Response.from_json({name: item.get(name) for name in _FRAME_FIELDS} | {"timings": item.get("timings", {})})


_FRAME_FIELDS = ("request_id", "run_id", "filename", "status", "faces", "model", "timings", "error", "note")


def _frame_item(response: Response) -> Item:
    return {"item": "frame"} | response.to_json()


def _face_items(response: Response) -> list[Item]:
    return [
        {
            "request_id": response.request_id,
            "item": f"face#{number:03d}",
            "person": face.stranger or face.name,
            "distance": face.distance,
            "box": list(face.box),
            "filename": response.filename,
            "attributes": None if face.attributes is None else dict(face.attributes),
        }
        for number, face in enumerate(response.faces)
    ]


def _is_already_there(error: ClientError) -> bool:
    if error_code(error) != "TransactionCanceledException":
        return False
    reasons = error.response.get("CancellationReasons") or [{}]
    return bool(reasons[0].get("Code") == "ConditionalCheckFailed")
