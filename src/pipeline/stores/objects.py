"""Frames, crops and galleries in the bucket."""

from __future__ import annotations

from pathlib import Path

from botocore.exceptions import ClientError

from src.pipeline.errors import InvalidFrame
from src.pipeline.stores.connection import Connection, error_code, storage_errors


class ObjectStore:
    """One bucket. Raises NotFound, StorageUnavailable and StorageRefused."""

    def __init__(self, connection: Connection, bucket: str) -> None:
        self._s3 = connection.client("s3")
        self.bucket = bucket

    def get(self, key: str, *, max_bytes: int | None = None) -> bytes:
        """The object's bytes. Raises InvalidFrame, before reading any, when it is larger than max_bytes."""
        with storage_errors(f"read s3://{self.bucket}/{key}"):
            answer = self._s3.get_object(Bucket=self.bucket, Key=key)
            with answer["Body"] as body:
                size = int(answer["ContentLength"])
                if max_bytes is not None and size > max_bytes:
                    raise InvalidFrame(f"The file has {size} bytes; the limit is {max_bytes}.")
                return bytes(body.read())

    def get_if_changed(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """The object and its ETag, or None while it still has the given ETag."""
        conditions = {"IfNoneMatch": etag} if etag else {}
        with storage_errors(f"read s3://{self.bucket}/{key}"):
            try:
                answer = self._s3.get_object(Bucket=self.bucket, Key=key, **conditions)
            except ClientError as error:
                if error_code(error) in {"304", "NotModified"}:
                    return None
                raise
            with answer["Body"] as body:
                return bytes(body.read()), str(answer["ETag"])

    def put(self, key: str, data: bytes) -> None:
        with storage_errors(f"write s3://{self.bucket}/{key}"):
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def put_file(self, key: str, path: Path) -> None:
        """Upload a file as a stream; S3 verifies the checksum that botocore sends with it."""
        with path.open("rb") as body, storage_errors(f"upload {path.name}"):
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=body)
