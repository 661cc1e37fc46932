"""Frames to the function URL, in signed requests."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session

from src.pipeline.contracts import FrameKey, dumps, loads
from src.pipeline.errors import ContractError, InvalidFrame, StorageRefused, StorageUnavailable, UsageError
from src.pipeline.stores.connection import Connection

MAX_PICTURE_BYTES = 4_500_000  # that fit as base64 into a body of 6 MB
LATER = {408, 425, 429, 500, 502, 503, 504}


class Posts:
    """Sends frames as HTTP calls, in place of ``ObjectStore``. Raises UsageError for a url that is none."""

    def __init__(self, connection: Connection, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UsageError(f"--url is {url!r}; it must be the function's URL, or auto.")
        self._url = url
        self._credentials = connection.credentials()
        self._region = connection.region
        self._http = URLLib3Session(timeout=60, max_pool_connections=connection.pool)

    def put_file(self, key: str, path: Path) -> None:
        """Post the picture whose key in the bucket would be this one.

        Raises InvalidFrame when the function says that it is no picture or too large, StorageUnavailable when it
        is to be sent again, StorageRefused otherwise; and OSError when the file cannot be read.
        """
        data = path.read_bytes()
        if len(data) > MAX_PICTURE_BYTES:
            limit = f"by HTTP the limit is {MAX_PICTURE_BYTES}"
            raise InvalidFrame(f"The file has {len(data)} bytes; {limit}. Leave --url out for larger ones.")
        status, said = self._post(FrameKey.parse(key), data)
        if status == 200:
            return
        if status in LATER:
            raise StorageUnavailable(f"The function URL is busy or away ({status}): {said}")
        if status == 413 or (status == 400 and said.startswith("content")):
            raise InvalidFrame(said)
        raise StorageRefused(f"The function URL refused the frame ({status}): {said}")

    def _post(self, frame: FrameKey, data: bytes) -> tuple[int, str]:
        body = {"request_id": frame.request_id, "run_id": frame.run_id, "filename": frame.filename}
        text = dumps(body | {"content": base64.b64encode(data).decode("ascii")})
        request = AWSRequest("POST", self._url, {"Content-Type": "application/json"}, text.encode("ascii"))
        if self._credentials is not None:  # where there are none, the URL may be open
            SigV4Auth(self._credentials.get_frozen_credentials(), "lambda", self._region).add_auth(request)
        try:
            answer = self._http.send(request.prepare())
        except (HTTPClientError, BotoCoreError) as error:
            raise StorageUnavailable(f"The function URL does not answer: {error}") from error
        return int(answer.status_code), _reason(answer.text)


def _reason(text: str) -> str:
    try:
        body = loads(text)
    except ContractError:
        return text[:200]
    found = body if isinstance(body, dict) else {}
    return str(found.get("error") or found.get("Message") or found.get("message") or text)[:200]
