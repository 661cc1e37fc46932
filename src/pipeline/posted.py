"""A frame that comes as the body of an HTTP call: its fields, each checked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from src.pipeline.contracts import MAX_KEY_BYTES
from src.pipeline.errors import HttpRefusal

RUN_ID = "http"  # of frames that name no run
ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:-]{0,127}")  # part of keys in the bucket and in the table
ID_FORM = "1 to 128 of A-Z, a-z, 0-9, _ . : and -, and begin with a letter, a digit or _"


@dataclass(frozen=True)
class PostedFrame:
    """data is the encoded picture."""

    request_id: str
    run_id: str
    filename: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the picture: a retry has the same, another frame another."""
        return hashlib.sha256(self.data).hexdigest()

    @classmethod
    def read(cls, body: Mapping[str, Any], *, max_bytes: int) -> PostedFrame:
        """Read ``{"request_id", "filename", "content": base64, "run_id"?}``; other keys are let pass.

        Raises HttpRefusal: 400 for a field that is missing or not of its form, 413 for a picture over max_bytes.
        """
        missing = [name for name in ("request_id", "filename", "content") if body.get(name) is None]
        if missing:
            raise HttpRefusal(400, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.")
        run_id = RUN_ID if body.get("run_id") is None else _id(body, "run_id")
        return cls(_id(body, "request_id"), run_id, _filename(body["filename"]), _picture(body["content"], max_bytes))


def _id(body: Mapping[str, Any], name: str) -> str:
    value = body[name]
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise HttpRefusal(400, f"{name} must be a text of {ID_FORM}.")
    return value


def _filename(value: Any) -> str:
    # isprintable refuses control characters and half surrogate pairs alike.
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value.encode()) <= MAX_KEY_BYTES:
        raise HttpRefusal(400, f"filename must be a printable text of 1 to {MAX_KEY_BYTES} bytes.")
    return value


def _picture(value: Any, max_bytes: int) -> bytes:
    if not isinstance(value, str):
        raise HttpRefusal(400, "content must be a text: the picture's bytes as base64.")
    try:
        data = base64.b64decode("".join(value.split()), validate=True)  # many encoders break their lines
    except (binascii.Error, ValueError):
        raise HttpRefusal(400, "content is not base64.") from None
    if not data:
        raise HttpRefusal(400, "content is empty; it must be a picture.")
    if len(data) > max_bytes:
        raise HttpRefusal(413, f"The picture has {len(data)} bytes; the limit is {max_bytes}.")
    return data
