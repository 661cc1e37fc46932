"""The end of every frame: its record, then its response."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from src.pipeline.contracts import Response
from src.pipeline.stores import Queue, ResultTable


class Answers:
    """Gives each frame exactly one answer, however often its message is delivered.

    The order matters. The record is written first, by a conditional put: of several deliveries one writes it.
    Only that one sends the response. Should it die in between, the client finds the record in the table.
    """

    def __init__(self, table: ResultTable, queue: Queue, *, keep_days: int) -> None:
        self._table = table
        self._queue = queue
        self._keep_days = keep_days

    def finish(self, response: Response) -> bool:
        """Record and send; False when the frame had its answer already. Raises StorageUnavailable."""
        begin = perf_counter()
        if not self._table.record(response, keep_days=self._keep_days):
            return False
        stored = {"store_s": perf_counter() - begin}
        self._queue.send(replace(response, timings=response.timings | stored).to_json())
        return True
