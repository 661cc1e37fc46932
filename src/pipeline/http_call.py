"""Calls of a function URL (payload format 2.0): what comes in, what goes out. Nothing about frames."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from src.pipeline.contracts import dumps, loads
from src.pipeline.errors import ContractError, HttpRefusal

# Lambda takes no larger event, and answers 413 by itself where it must.
MAX_BODY_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True)
class HttpCall:
    """One call. query: the last value of each parameter; body: decoded from what Lambda made of it."""

    method: str
    query: Mapping[str, str]
    body: bytes

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> HttpCall:
        """Raises HttpRefusal: 413 for a body over MAX_BODY_BYTES, 400 for an event that is none."""
        context = event.get("requestContext")
        http = context.get("http") if isinstance(context, dict) else None
        if not isinstance(http, dict):
            raise HttpRefusal(400, "The call is not one of a function URL.")
        query = parse_qs(str(event.get("rawQueryString") or ""), keep_blank_values=True)
        last = {name: values[-1] for name, values in query.items()}
        return cls(str(http.get("method", "")).upper(), last, _body(event))

    def only(self, method: str) -> None:
        """Raises HttpRefusal 405 for any other method."""
        if self.method != method:
            raise HttpRefusal(405, f"{self.method or 'No method'} is not allowed; use {method}.", {"Allow": method})

    def json_object(self) -> dict[str, Any]:
        """The body. Raises HttpRefusal 400 when it is not a JSON object."""
        if not self.body.strip():
            raise HttpRefusal(400, "The body is empty; it must be a JSON object.")
        try:
            value = loads(self.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise HttpRefusal(400, "The body is not UTF-8.") from None
        except ContractError as error:
            raise HttpRefusal(400, str(error).replace("The message", "The body")) from None
        if not isinstance(value, dict):
            raise HttpRefusal(400, f"The body is {type(value).__name__}; it must be a JSON object.")
        return value

    def seconds(self, name: str) -> float | None:
        """A query parameter that is a number of seconds; None where it is not given. Raises HttpRefusal 400."""
        if name not in self.query:
            return None
        try:
            value = float(self.query[name])
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            raise HttpRefusal(400, f"{name} is {self.query[name][:20]!r}; it must be a number of seconds.")
        return value


def reply(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the function hands back to Lambda for a call."""
    sent = {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})}
    return {"statusCode": status, "headers": sent, "body": dumps(body), "isBase64Encoded": False}


def refused(refusal: HttpRefusal) -> dict[str, Any]:
    return reply(refusal.status, {"error": str(refusal)}, refusal.headers)


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if not isinstance(text, str):
        raise HttpRefusal(400, "The body is not text.")
    if event.get("isBase64Encoded"):  # Lambda does so where the content type is not one of text
        if len(text) > MAX_BODY_BYTES * 4 // 3 + 4:
            raise _too_large()
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise HttpRefusal(400, "The body cannot be read.") from None
    else:
        data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_BODY_BYTES:
        raise _too_large()
    return data


def _too_large() -> HttpRefusal:
    return HttpRefusal(413, f"The body is larger than {MAX_BODY_BYTES} bytes, which is the most that Lambda takes.")
