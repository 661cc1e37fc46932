"""Changing what is recorded of a frame after the fact, with its history kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from src.aws.people.office import Office
from src.pipeline.attributes import NOTE, left_out
from src.pipeline.contracts import UNKNOWN_NAME, Status
from src.pipeline.errors import Conflict, UsageError
from src.pipeline.stores.connection import error_code, storage_errors
from src.pipeline.stores.items import Item, to_item

TRIES = 5
HISTORY = "corrections"


def name_face(office: Office, request_id: str, face: int, name: str, why: str) -> tuple[str, Item]:
    """Give a recorded face another name; the name it had (or a stranger's id), and the frame's new item.

    The frame's result and status, and the indexes by run and by person follow; the history is kept with both items.
    Raises UsageError when there is no such frame or face.
    """
    for _ in range(TRIES):
        frame, item = _face_of(office, request_id, face)
        before = str(item["person"])
        if before == name:
            return before, frame
        entry = {"face": face, "from": before, "to": name, "why": why, "at": datetime.now(UTC).isoformat()}
        attributes = office.people.info(name) if name != UNKNOWN_NAME else None
        faces = [_named(f, name, attributes) if number == face else f for number, f in enumerate(frame["faces"])]
        without = left_out([f.get("attributes") for f in faces])
        faces = [_bare(f) if number in without else f for number, f in enumerate(faces)]
        after = frame | {"faces": faces, HISTORY: [*frame.get(HISTORY, []), entry]}
        after |= {"note": NOTE} if without else {}
        after["result"] = after["faces"][0]["name"]
        anybody = any(f["name"] != UNKNOWN_NAME for f in after["faces"])
        after["status"] = (Status.RECOGNIZED if anybody else Status.UNKNOWN).value
        changed = {"person": name, "attributes": attributes, HISTORY: [*item.get(HISTORY, []), entry]}
        try:
            _write(office, len(frame.get(HISTORY, [])), after, item | changed)
        except Conflict:
            continue
        return before, after
    raise Conflict(f"The record of {request_id} is being changed by somebody else all the time. Try again later.")


def rename_in_records(office: Office, old: str, new: str, why: str, on_one: Callable[[Item], None]) -> int:
    """Every record of a person under another name; how many faces. on_one: is given each frame's new item."""
    count = 0
    for item in list(office.table.by_person(old)):
        before, frame = name_face(office, item["request_id"], number_of(item), new, why)
        on_one(frame)
        count += before != new  # an index may tell of what was changed a moment ago
    return count


def number_of(item: Item) -> int:
    """Which face of its frame a face item is."""
    return int(str(item["item"]).removeprefix("face#"))


def frame_of(office: Office, request_id: str) -> Item:
    """The frame's item. Raises UsageError when there is none."""
    item = office.table.get(request_id)
    if item is None:
        raise UsageError(f"No frame with the request id {request_id!r} is recorded in {office.table.table}.")
    return item


def check_face(item: Item, face: int) -> None:
    """Raises UsageError when the frame has no such face."""
    count = len(item.get("faces", []))
    if not 0 <= face < count:
        numbers = "it has none" if not count else "it has only 0" if count == 1 else f"it has 0 to {count - 1}"
        raise UsageError(f"There is no face {face} in {item['request_id']} ({item['filename']}): {numbers}.")


def _face_of(office: Office, request_id: str, face: int) -> tuple[Item, Item]:
    frame = frame_of(office, request_id)
    check_face(frame, face)
    items = {number_of(item): item for item in office.table.faces(request_id)}
    if face not in items:
        raise Conflict(f"Face {face} of {request_id} is not recorded.")
    return frame, items[face]


def _named(face: dict[str, Any], name: str, attributes: dict[str, str] | None) -> dict[str, Any]:
    kept = {key: value for key, value in face.items() if key not in {"attributes", "stranger", "seen_before"}}
    return kept | {"name": name} | ({"attributes": attributes} if attributes else {})


def _bare(face: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in face.items() if key != "attributes"}


def _write(office: Office, known: int, frame: Item, face: Item) -> None:
    """Both or none, and only while nobody else corrected the frame. Raises Conflict."""
    condition = (
        {"ConditionExpression": "size(#history) = :known", "ExpressionAttributeValues": {":known": {"N": str(known)}}}
        if known else {"ConditionExpression": "attribute_exists(request_id) AND attribute_not_exists(#history)"}
    ) | {"ExpressionAttributeNames": {"#history": HISTORY}}  # fmt: skip
    table = office.table.table
    puts = [
        {"Put": {"TableName": table, "Item": to_item(frame)} | condition},
        {"Put": {"TableName": table, "Item": to_item(face)}},
    ]
    with storage_errors(f"correct {frame['request_id']} in {table}"):
        try:
            office.connection.client("dynamodb").transact_write_items(TransactItems=puts)
        except ClientError as error:
            if error_code(error) != "TransactionCanceledException":
                raise
            raise Conflict(f"The record of {frame['request_id']} was changed meanwhile.") from None
