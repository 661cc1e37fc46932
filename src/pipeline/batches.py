"""SQS batches in which one bad record fails alone, is tried again soon, and in the end is answered."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from src.pipeline.errors import ContractError, FacelaneError, PermanentError, RetryableError
from src.pipeline.events import receive_count
from src.pipeline.side_work import failed
from src.pipeline.stores import Queue

Record = Mapping[str, Any]
UnderWay = Mapping[str, Sequence[Future[Any]]]
LONGEST_WAIT_S = 60
FEWEST_TRIES_TO_PUT_OFF = 4  # it costs a try


class PutOff(RetryableError):
    """Not now: the record comes back by itself."""


class Batch:
    """Runs a record handler over a batch and reports the failures that SQS is to deliver again.

    begin: begins the work on all records of a batch; what is under way by message id. A record is done when all of
        its futures are, and not done when one of them raises.
    give_up: called once it is known that the record cannot be done, with the reason for a person: it answers
        the frame as failed. The record still counts as failed, so that it ends in the dead-letter queue, from
        where it can be replayed.
    """

    def __init__(
        self,
        queue: Queue,
        logger: Logger,
        *,
        max_receive_count: int,
        begin: Callable[[Sequence[Record]], UnderWay],
        give_up: Callable[[Record, str], None],
    ) -> None:
        self._queue = queue
        self._logger = logger
        self._max_receive_count = max_receive_count
        self._begin = begin
        self._give_up = give_up
        # One for all batches: powertools' processor refers to itself and keeps its batch. Of those made anew for each
        # batch, some ended with all their crops in the garbage collector's oldest generation, which Python looks at
        # once in thousands of frames. A batch in which everything failed is still a partial response: raising would
        # lose the backoff below.
        self._processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)

    def process(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The batch's partial response: ``{"batchItemFailures": [...]}``."""
        begun = time.perf_counter()
        answer = self._answer(event)
        not_done = len(answer["batchItemFailures"])
        ms = round((time.perf_counter() - begun) * 1000)
        self._logger.info("batch", extra={"records": len(event["Records"]), "not_done": not_done, "ms": ms})
        if not_done:
            gc.collect()  # an error's traceback leads to the batch, which leads to the error: they free only together
        return answer

    def _answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        put_off = self._put_off(event["Records"])
        begun = self._begin([record for record in event["Records"] if record["messageId"] not in put_off])
        done = partial(self._done, dict(begun) | put_off)
        try:
            return dict(process_partial_response(event=dict(event), record_handler=done, processor=self._processor))
        finally:
            with self._processor([], self._done):  # lets go of this batch
                pass

    def _put_off(self, records: Sequence[Record]) -> dict[str, Sequence[Future[Any]]]:
        """Records that had one try come back together, after a crash or a time-out: all but one are put off.

        From then on each comes at a time of its own, so that one which ends the process each time takes no other
        with it to the dead-letter queue.
        """
        if self._max_receive_count < FEWEST_TRIES_TO_PUT_OFF:
            return {}
        again = [record for record in records if receive_count(record) == 2]
        later: dict[str, Sequence[Future[Any]]] = {}
        for number, record in enumerate(again[1:]):
            try:
                self._queue.retry_in(record["receiptHandle"], 1 + 2 * number)
            except FacelaneError:
                break  # then it is worked on now
            later[record["messageId"]] = [failed(PutOff("It came back with others and is tried alone, soon."))]
        return later

    def _done(self, under_way: UnderWay, record: Any) -> None:
        raw: Record = record.raw_event
        try:
            for future in under_way[raw["messageId"]]:
                future.result()
        except PutOff:
            raise
        except Exception as error:
            self._after_failure(raw, error)
            raise

    def _after_failure(self, record: Record, error: Exception) -> None:
        tries = receive_count(record)
        expected = isinstance(error, FacelaneError)
        # A foreseen error says all in its message; only a surprise needs its traceback.
        self._logger.warning(
            "record failed", extra={"tries": tries, "reason": str(error)}, exc_info=not expected
        )  # fmt: skip
        last = tries >= self._max_receive_count
        try:
            if last or isinstance(error, PermanentError):
                with suppress(ContractError):  # what names no frame has nobody to tell
                    self._give_up(record, str(error) if expected else f"{type(error).__name__}: {error}")
            # Not the whole visibility timeout: most faults pass within seconds. After the last try the message
            # is made visible at once, which moves it to the dead-letter queue.
            self._queue.retry_in(record["receiptHandle"], 0 if last else min(2**tries, LONGEST_WAIT_S))
        except FacelaneError as trouble:
            # SQS delivers the record again after its visibility timeout; nothing is lost, only later.
            self._logger.warning("could not hasten the retry", extra={"reason": str(trouble)})
