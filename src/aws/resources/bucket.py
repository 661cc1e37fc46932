"""The bucket of frames, crops and galleries: private, encrypted, TLS only, and forgetting after some days."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from src.aws.account import Account, owner_in, owner_of
from src.aws.resource import OWNER, Facts, Resource, or_none, until_accepted
from src.pipeline.contracts import CROPS, FRAMES
from src.pipeline.stores.connection import error_code

NO_PUBLIC = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# S3 takes one change to a bucket at a time, and a removed bucket's name is free again only after a while.
CONFLICT = ("OperationAborted",)
VIDEOS, CODE = "videos/", "code/"
EXPIRING = (FRAMES, CROPS, VIDEOS)


@dataclass(frozen=True)
class Bucket(Resource):
    kind: ClassVar[str] = "bucket"

    def wanted(self, aws: Account) -> Facts:
        return {
            OWNER: aws.settings.prefix,
            "public access": "blocked",
            "encryption": "AES256",
            "TLS only": _speaks_tls(aws),
            "days kept": aws.settings.frame_days,
        }

    def found(self, aws: Account) -> Facts | None:
        s3, name = aws.client("s3"), self.name
        try:
            region = s3.head_bucket(Bucket=name).get("BucketRegion")
        except ClientError as error:
            if error_code(error) in {"404", "NoSuchBucket"}:
                return None
            if error_code(error) == "403":  # AWS gives no reason with this answer; the next call's has one
                s3.get_bucket_tagging(Bucket=name)
            raise
        tags = or_none(lambda: s3.get_bucket_tagging(Bucket=name), "NoSuchTagSet") or {}
        owner = owner_of(tags.get("TagSet"))
        if owner is None and self._is_empty(aws):
            owner = aws.settings.prefix  # made a moment ago, and broken off before it was tagged
        return {
            OWNER: owner_in(aws, owner, region),
            "public access": self._public_access(aws),
            "encryption": self._encryption(aws),
            "TLS only": self._refuses_plain(aws),
            "days kept": self._days_kept(aws),
        }

    def create(self, aws: Account) -> None:
        s3 = aws.client("s3")
        # us-east-1 is the one region that must not be named.
        place = {} if aws.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
        until_accepted(
            lambda: s3.create_bucket(Bucket=self.name, ObjectOwnership="BucketOwnerEnforced", **place),
            CONFLICT, tries=60,
        )  # fmt: skip
        s3.get_waiter("bucket_exists").wait(Bucket=self.name)
        self._tag(aws)

    def change(self, aws: Account, facts: Facts) -> None:
        s3, name = aws.client("s3"), self.name
        self._tag(aws)
        calls: list[Callable[[], Any]] = []
        if "public access" in facts:
            calls.append(lambda: s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=NO_PUBLIC))
        if "encryption" in facts:
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": facts["encryption"]}}
            calls.append(
                lambda: s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
            )
        if facts.get("TLS only") is True:
            policy = json.dumps(tls_only(aws.bucket_arn()))
            calls.append(lambda: s3.put_bucket_policy(Bucket=name, Policy=policy))
        if facts.get("TLS only") is False:
            calls.append(lambda: s3.delete_bucket_policy(Bucket=name))
        if "days kept" in facts:
            rules = {"Rules": lifecycle(facts["days kept"])}
            calls.append(lambda: s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=rules))
        for call in calls:
            until_accepted(call, CONFLICT)

    def delete(self, aws: Account) -> None:
        s3 = aws.client("s3")
        self._empty(aws)
        until_accepted(lambda: s3.delete_bucket(Bucket=self.name), CONFLICT)
        s3.get_waiter("bucket_not_exists").wait(Bucket=self.name)

    def _tag(self, aws: Account) -> None:
        tagging = {"TagSet": aws.tag_list}
        until_accepted(lambda: aws.client("s3").put_bucket_tagging(Bucket=self.name, Tagging=tagging), CONFLICT)

    def _is_empty(self, aws: Account) -> bool:
        return not aws.client("s3").list_objects_v2(Bucket=self.name, MaxKeys=1).get("KeyCount")

    def _empty(self, aws: Account) -> None:
        s3 = aws.client("s3")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=self.name):
            entries = [
                {"Key": entry["Key"], "VersionId": entry["VersionId"]}
                for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            ]
            if entries:
                s3.delete_objects(Bucket=self.name, Delete={"Objects": entries, "Quiet": True})
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=self.name):
            for upload in page.get("Uploads", []):
                s3.abort_multipart_upload(Bucket=self.name, Key=upload["Key"], UploadId=upload["UploadId"])

    def _public_access(self, aws: Account) -> str:
        answer = or_none(
            lambda: aws.client("s3").get_public_access_block(Bucket=self.name), "NoSuchPublicAccessBlockConfiguration"
        )
        return "blocked" if answer and answer["PublicAccessBlockConfiguration"] == NO_PUBLIC else "not blocked"

    def _encryption(self, aws: Account) -> str | None:
        answer = or_none(
            lambda: aws.client("s3").get_bucket_encryption(Bucket=self.name),
            "ServerSideEncryptionConfigurationNotFoundError",
        )
        rules = answer["ServerSideEncryptionConfiguration"]["Rules"] if answer else []
        return rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] if rules else None

    def _refuses_plain(self, aws: Account) -> bool:
        answer = or_none(lambda: aws.client("s3").get_bucket_policy(Bucket=self.name), "NoSuchBucketPolicy")
        return answer is not None and json.loads(answer["Policy"]) == tls_only(aws.bucket_arn())

    def _days_kept(self, aws: Account) -> int | None:
        answer = or_none(
            lambda: aws.client("s3").get_bucket_lifecycle_configuration(Bucket=self.name),
            "NoSuchLifecycleConfiguration",
        )
        found = {rule["Filter"].get("Prefix"): rule["Expiration"].get("Days")
                 for rule in (answer or {}).get("Rules", []) if "Expiration" in rule and "Filter" in rule}  # fmt: skip
        days = {found.get(prefix) for prefix in EXPIRING}
        return days.pop() if len(days) == 1 else None


def lifecycle(days: int) -> list[dict[str, Any]]:
    """Frames, crops and videos go after some days; uploads that were broken off, after one."""
    expire = [
        {"ID": f"expire-{prefix.rstrip('/')}", "Filter": {"Prefix": prefix}, "Status": "Enabled",
         "Expiration": {"Days": days}}
        for prefix in EXPIRING
    ]  # fmt: skip
    abort = {
        "ID": "abort-uploads",
        "Filter": {"Prefix": ""},
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    return [*expire, abort]


def tls_only(arn: str) -> dict[str, Any]:
    """A bucket policy that refuses requests that do not come over TLS."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TLSOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def _speaks_tls(aws: Account) -> bool:
    # The embedded stack speaks plain HTTP on the loopback interface: the policy would shut everybody out.
    return urlsplit(aws.settings.endpoint_url or "https://").scheme == "https"
