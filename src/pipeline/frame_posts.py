"""Frames that come by HTTP: each is looked at while its caller waits, and its result follows as for any other frame.

A call that is answered 200 is followed by exactly one message in the response queue; one that is refused (4xx) by none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from src.pipeline.errors import HttpRefusal, NotAPicture, RetryableError
from src.pipeline.http_call import HttpCall, refused, reply
from src.pipeline.posted import PostedFrame
from src.pipeline.stores import Claim, Claims, ResultTable
from src.pipeline.stores.results import response_of

SPARE_S = 2.0  # of the function's time, to answer in
LOOK_S = (0.03, 0.5)  # shortest and longest time between two looks into the table


@dataclass(frozen=True)
class Looked:
    """What was found in a picture. hand_on: sends it on its way, or records its answer; safe to repeat."""

    faces: int
    hand_on: Callable[[], object]


class FramePosts:
    """look: works on a frame without any visible effect. Raises NotAPicture; may raise any FacelaneError."""

    def __init__(
        self,
        claims: Claims,
        table: ResultTable,
        logger: Logger,
        *,
        max_bytes: int,
        keep_days: int,
        look: Callable[[PostedFrame], Looked],
    ) -> None:
        self._claims = claims
        self._table = table
        self._logger = logger
        self._max_bytes = max_bytes
        self._keep_days = keep_days
        self._look = look

    def answer(self, event: Mapping[str, Any], left_s: float) -> dict[str, Any]:
        """The answer to one call; it raises nothing. left_s: seconds that the function may still take."""
        until = time.monotonic() + left_s - SPARE_S
        try:
            return self._take(HttpCall.parse(event), until)
        except HttpRefusal as refusal:
            return refused(refusal)
        except RetryableError as error:
            self._logger.warning("call failed", extra={"reason": str(error)})
            return reply(503, {"error": "A store is away; send the same request again."}, {"Retry-After": "1"})
        except Exception:
            self._logger.exception("call failed")
            return reply(500, {"error": "The frame could not be worked on; the function's log says why."})

    def _take(self, call: HttpCall, until: float) -> dict[str, Any]:
        call.only("POST")
        wait = call.seconds("wait")
        until = min(until, time.monotonic() + (wait or 0.0))
        frame = PostedFrame.read(call.json_object(), max_bytes=self._max_bytes)
        faces = self._accept(frame)
        if wait is not None:
            response = self._result(frame.request_id, until)
            if response is not None:
                return reply(200, response)
        return reply(200, {"request_id": frame.request_id, "status": "accepted", "faces": faces})

    def _accept(self, frame: PostedFrame) -> int:
        """The number of faces. The claim comes before the effect, so that a retry is told what the first was told."""
        try:
            looked = self._look(frame)
        except NotAPicture as error:
            raise HttpRefusal(400, f"content: {error}") from None
        claim = Claim(frame.digest, looked.faces)
        earlier = self._claims.claim(frame.request_id, claim, keep_days=self._keep_days)
        if earlier is not None and earlier.picture != claim.picture:
            raise HttpRefusal(409, "This request_id was used for another picture; take a new one for each frame.")
        if earlier is None or self._table.get(frame.request_id) is None:
            # Also for a retry: who claimed may have died before this. The record, written once, has one message.
            looked.hand_on()
        return (earlier or claim).faces

    def _result(self, request_id: str, until: float) -> dict[str, Any] | None:
        pause, longest = LOOK_S
        while True:
            try:
                item = self._table.get(request_id)
            except RetryableError:
                item = None  # the frame is accepted, whatever becomes of the waiting
            if item is not None:
                return response_of(item).to_json()
            left = until - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(pause, left))
            pause = min(longest, pause * 1.5)
