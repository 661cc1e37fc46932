"""Frames, crops and galleries in the bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from src.pipeline.errors import Conflict, InvalidFrame, NotFound, StorageRefused
from src.pipeline.stores.connection import Connection, error_code, storage_errors

LISTED = 1000  # S3's own limit for one removal
TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


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

    def head(self, key: str) -> dict[str, Any]:
        """``ETag``, ``Metadata``, ``LastModified`` and more of an object, without its bytes. Raises NotFound."""
        with storage_errors(f"read s3://{self.bucket}/{key}"):
            return dict(self._s3.head_object(Bucket=self.bucket, Key=key))

    def is_there(self, key: str) -> bool:
        try:
            self.head(key)
        except NotFound:
            return False
        return True

    def put_if(self, key: str, data: bytes, etag: str | None, **metadata: str) -> None:
        """Write while the object still has this ETag, or, with None, while there is none. Raises Conflict.

        metadata: ASCII texts that are kept with the object.
        """
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        with storage_errors(f"write s3://{self.bucket}/{key}"):
            try:
                self._s3.put_object(Bucket=self.bucket, Key=key, Body=data, Metadata=metadata, **condition)
            except ClientError as error:
                if error_code(error) in TAKEN or (etag and error_code(error) in {"404", "NoSuchKey"}):
                    raise Conflict(f"s3://{self.bucket}/{key} was changed by somebody else meanwhile.") from None
                raise

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that begins so, in order."""
        with storage_errors(f"list s3://{self.bucket}/{prefix}"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                yield from (entry["Key"] for entry in page.get("Contents", []))

    def versions(self, prefix: str) -> Iterator[tuple[str, str]]:
        """(key, version id) of all that begins so, older versions in a bucket that keeps them included."""
        with storage_errors(f"list s3://{self.bucket}/{prefix}"):
            for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix):
                for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    yield entry["Key"], entry["VersionId"]

    def erase(self, prefix: str) -> int:
        """Remove all that begins so, in every version of it; how many there were."""
        return self.erase_all(self.versions(prefix))

    def erase_all(self, found: Iterable[tuple[str, str]]) -> int:
        """Remove (key, version id) pairs; how many."""
        entries = [{"Key": key, "VersionId": version} for key, version in found]
        for at in range(0, len(entries), LISTED):
            with storage_errors(f"remove from s3://{self.bucket}"):
                answer = self._s3.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": entries[at : at + LISTED], "Quiet": True}
                )
            for refused in answer.get("Errors", []):
                raise StorageRefused(f"Cannot remove s3://{self.bucket}/{refused['Key']}: {refused.get('Message')}")
        return len(entries)
