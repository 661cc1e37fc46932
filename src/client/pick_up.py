"""What a resumed run does first: ask again for what had failed, and upload again what is nowhere."""

from __future__ import annotations

import time

from src.client.ledger import Ledger
from src.client.whereabouts import Whereabouts
from src.pipeline.contracts import Status
from src.pipeline.errors import RetryableError
from src.pipeline.stores import ResultTable
from src.pipeline.stores.results import response_of

LONGEST_ASKED = 100
PAUSES_S = (1, 2, 4, 8)


def pick_up(ledger: Ledger, table: ResultTable, whereabouts: Whereabouts, run_id: str) -> None:
    """Bring the run file up to date with the table. Raises NotFound, StorageUnavailable and StorageRefused.

    A store that is away is waited for, for some seconds. A frame that had failed and has no record any more was
    redriven: it is waited for. One that has no record while nothing is in any queue is uploaded again; at worst
    that is work done twice, never an answer.
    """
    for pause_s in PAUSES_S:
        try:
            return _pick_up(ledger, table, whereabouts, run_id)
        except RetryableError:
            time.sleep(pause_s)
    return _pick_up(ledger, table, whereabouts, run_id)


def _pick_up(ledger: Ledger, table: ResultTable, whereabouts: Whereabouts, run_id: str) -> None:
    failed = ledger.failed()
    for start in range(0, len(failed), LONGEST_ASKED):
        asked = [frame.request_id for frame in failed[start : start + LONGEST_ASKED]]
        records = {item["request_id"]: response_of(item) for item in table.get_many(asked)}
        for response in records.values():
            if response.status is not Status.FAILED:
                ledger.answered(response)
        ledger.reopen(request_id for request_id in asked if request_id not in records)
    if not ledger.waiting(1) or any(whereabouts.depths().values()):
        return
    dead = {one.frame.request_id for one in whereabouts.dead(run_id)}
    open_frames = [frame.request_id for frame in ledger.waiting() if frame.request_id not in dead]
    for start in range(0, len(open_frames), LONGEST_ASKED):
        asked = open_frames[start : start + LONGEST_ASKED]
        recorded = {item["request_id"] for item in table.get_many(asked)}
        ledger.upload_again(request_id for request_id in asked if request_id not in recorded)
