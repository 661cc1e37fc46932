"""An object that is uploaded while it is written: S3's multipart upload behind a file's ``write``."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from src.pipeline.errors import RetryableError
from src.pipeline.stores.connection import Connection, storage_errors

PART_BYTES = 5 * 1024 * 1024  # S3's smallest part
GROW_AFTER = 1000  # parts, of which S3 takes 10,000: later ones are larger, so that a day of video still fits
PENDING = 4  # full parts in memory; more than that, and who writes waits
TRIES = 6  # on top of botocore's own, some minutes together: what was filmed is not filmed again


class MultipartFile:
    """A file to write to, once, from the beginning to the end.

    ``close`` makes the object; ``abort`` leaves nothing behind. write and close raise StorageUnavailable and
    StorageRefused for an earlier part too: parts go up in the background.
    """

    def __init__(self, connection: Connection, bucket: str, key: str) -> None:
        self._s3 = connection.client("s3")
        self._where = {"Bucket": bucket, "Key": key}
        self.url = f"s3://{bucket}/{key}"
        self._buffer = bytearray()
        self._parts: list[dict[str, Any]] = []
        self._pending: deque[Future[dict[str, Any]]] = deque()
        self._number = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="multipart")
        with storage_errors(f"begin {self.url}"):
            self._where["UploadId"] = self._s3.create_multipart_upload(**self._where)["UploadId"]

    def write(self, data: bytes) -> int:
        self._buffer += data
        if len(self._buffer) >= PART_BYTES * (1 + self._number // GROW_AFTER):
            self._send()
        return len(data)

    def close(self) -> None:
        """Make the object of everything written. Raises when a part is lost, and nothing is left behind then."""
        try:
            if self._buffer or not self._number:  # an object needs a part, if an empty one
                self._send()
            self._collect(0)
            with storage_errors(f"complete {self.url}"):
                self._s3.complete_multipart_upload(**self._where, MultipartUpload={"Parts": self._parts})
        except BaseException:
            self.abort()
            raise
        self._pool.shutdown()

    def abort(self) -> None:
        """Forget what was uploaded; the bucket's lifecycle does so after a day where even this fails."""
        self._pool.shutdown(cancel_futures=True)
        with storage_errors(f"abort {self.url}"):
            self._s3.abort_multipart_upload(**self._where)

    def _send(self) -> None:
        self._number += 1
        self._pending.append(self._pool.submit(self._put, self._number, bytes(self._buffer)))
        self._buffer.clear()
        self._collect(PENDING)

    def _collect(self, left: int) -> None:
        while len(self._pending) > left:
            self._parts.append(self._pending.popleft().result())

    def _put(self, number: int, data: bytes) -> dict[str, Any]:
        for attempt in range(1, TRIES + 1):
            try:
                with storage_errors(f"write part {number} of {self.url}"):
                    answer = self._s3.upload_part(**self._where, PartNumber=number, Body=data)
                break
            except RetryableError:
                if attempt == TRIES:
                    raise
                time.sleep(2.0**attempt)
        return {"PartNumber": number, "ETag": answer["ETag"]}
