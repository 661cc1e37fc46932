"""Taking frames out of every store, so that nothing that is still on its way can bring them back."""

from __future__ import annotations

import time
from collections.abc import Collection

from src.aws.people.finding import VIDEOS, Stored, queue_urls, stored, waiting
from src.aws.people.office import Office
from src.aws.people.receipt import Receipt
from src.pipeline.contracts import FORGOTTEN, FRAMES, Response, Status
from src.pipeline.stores.connection import storage_errors
from src.pipeline.stores.items import Item, to_item
from src.pipeline.stores.results import response_of

GONE = "forgotten"
NO_RUN = frozenset({"adopted", "http"})  # what frames of no run of a client's say instead
LONGEST_QUEUED_S = 15 * 86_400  # no message is older: SQS keeps one 14 days at most


def gravestone(request_id: str) -> Item:
    """What is left of a forgotten frame for some days: its random id, so that a late message cannot record it again."""
    answer = Response(request_id, GONE, GONE, Status.FAILED, error=FORGOTTEN).to_json()
    return answer | {"item": "frame", GONE: True, "expires_at": int(time.time()) + LONGEST_QUEUED_S}


def is_gravestone(item: Item) -> bool:
    return bool(item.get(GONE))


def remove_frames(office: Office, receipt: Receipt) -> None:
    """What belongs to the receipt's frames. The records come first: from then on nothing is recorded of them."""
    by_hand = _keys_by_hand(office, receipt)
    receipt.removed["records"] += _remove_records(office, receipt.ids)
    objects = [found for found in stored(office) if found.request_id in receipt.ids or found.key in by_hand]
    receipt.removed.update(_remove_objects(office, objects, receipt.runs - NO_RUN))
    for url in queue_urls(office):
        with waiting(office, url) as queue:
            queue.take_out([entry for entry in queue.messages if entry[1].ids & receipt.ids])
            receipt.removed["messages"] += queue.taken


def _keys_by_hand(office: Office, receipt: Receipt) -> set[str]:
    """The keys of frames that somebody put into the bucket by hand: only their records know them."""
    found = [office.table.get(request_id) for request_id in receipt.ids]
    return {f"{FRAMES}{item['filename']}" for item in found if item and item.get("run_id") == "adopted"}


def _remove_records(office: Office, ids: Collection[str]) -> int:
    """Every item of these frames; how many there were. The gravestone comes first and takes the frame's place."""
    client, table, removed = office.connection.client("dynamodb"), office.table.table, 0
    for request_id in ids:
        with storage_errors(f"remove {request_id} from {table}"):
            answer = client.put_item(TableName=table, Item=to_item(gravestone(request_id)), ReturnValues="ALL_OLD")
            removed += "Attributes" in answer and GONE not in answer["Attributes"]
            for item in _beside(office, request_id):
                key = to_item({"request_id": request_id, "item": item})
                client.delete_item(TableName=table, Key=key)
                removed += 1
    return removed


def _beside(office: Office, request_id: str) -> list[str]:
    """The items of a frame other than its own."""
    pages = office.connection.client("dynamodb").get_paginator("query")
    found: list[str] = []
    for page in pages.paginate(
        TableName=office.table.table,
        ConsistentRead=True,
        KeyConditionExpression="request_id = :id",
        ExpressionAttributeValues=to_item({":id": request_id}),
    ):
        found += [item["item"]["S"] for item in page["Items"] if item["item"]["S"] != "frame"]
    return found


def _remove_objects(office: Office, objects: Collection[Stored], runs: Collection[str]) -> dict[str, int]:
    """These pictures and crops, in all their versions, and the videos of these runs; how many of each kind."""
    removed = {"pictures": 0, "crops": 0, "videos": 0}
    for found in objects:
        kind = "pictures" if found.key.startswith(FRAMES) else "crops"
        pairs = [pair for pair in office.objects.versions(found.key) if pair[0] == found.key]
        removed[kind] += office.objects.erase_all(pairs)
    for run_id in runs:
        removed["videos"] += office.objects.erase(f"{VIDEOS}{run_id}/")
    return removed


def answer_of(request_id: str) -> Response:
    """What the client is told about a forgotten frame."""
    return response_of(gravestone(request_id))
