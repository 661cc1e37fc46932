"""A plain HTTP client of the function URL and a plain reader of the response queue, without Facelane's code."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3


def body(request_id: str, picture: Path | bytes, **more: Any) -> dict[str, Any]:
    data = picture if isinstance(picture, bytes) else picture.read_bytes()
    name = "frame.jpg" if isinstance(picture, bytes) else picture.name
    return {"request_id": request_id, "filename": name, "content": base64.b64encode(data).decode()} | more


def send(
    url: str, data: Any = None, *, method: str = "POST", query: str = "", headers: dict[str, str] | None = None
) -> tuple[int, Any, dict[str, str]]:
    """Status, parsed body and headers (names in lower case) of one call. data: bytes as they are, else as JSON."""
    raw = data if data is None or isinstance(data, bytes) else json.dumps(data).encode()
    sent = {"Content-Type": "application/json"} | (headers or {})
    request = urllib.request.Request(url + query, raw, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.status, json.loads(answer.read()), lower(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
        return error.code, json.loads(text) if text else None, lower(error.headers)


def lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class ResponseQueue:
    """Takes one message at a time from ``<prefix>-resp-queue``."""

    def __init__(self, endpoint_url: str, name: str) -> None:
        self._sqs = boto3.client(
            "sqs", endpoint_url=endpoint_url, region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip
        self._url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def one(self, *, wait_s: int = 2) -> dict[str, Any] | None:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=wait_s)
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            return dict(json.loads(message["Body"]))
        return None

    def next(self, *, within_s: float = 60) -> dict[str, Any]:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            message = self.one()
            if message is not None:
                return message
        raise AssertionError(f"no message within {within_s} s")

    def rest(self) -> list[dict[str, Any]]:
        """What is still there after a moment of quiet."""
        found = []
        while (message := self.one(wait_s=2)) is not None:
            found.append(message)
        return found
