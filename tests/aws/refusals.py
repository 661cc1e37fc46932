"""AWS's answers that the embedded stack never gives, put before its own: throttled, not settled yet, not there yet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from src.aws.account import Account


class Refusals:
    """The first calls of an operation are refused as AWS would; calls counts all of them by operation."""

    def __init__(self, aws: Account) -> None:
        self._aws = aws
        self.calls: Counter[str] = Counter()

    def first(self, times: int, service: str, operation: str, code: str, message: str = "") -> None:
        left = times

        def before_call(**_: Any) -> tuple[Any, dict[str, Any]] | None:
            nonlocal left
            self.calls[operation] += 1
            if left == 0:
                return None
            left -= 1
            answer = {"Error": {"Code": code, "Message": message or code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            return Http(400), answer

        client = self._aws.client(service)
        client.meta.events.register(f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}",
                                    before_call)  # fmt: skip


@dataclass(frozen=True)
class Http:
    """As much of an HTTP answer as botocore looks at."""

    status_code: int
