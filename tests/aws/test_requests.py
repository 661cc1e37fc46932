"""Every request of up and down fits AWS's own models: values, patterns, lengths, beyond what boto3 checks.

The policies: each action in them is an operation of AWS's models, or one of those that are named otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.model import Shape

from src.aws.account import Account
from src.aws.deploy import down, up
from src.aws.permissions import client_policy, deployer_policy
from src.aws.resources.policies import detection_policy, recognition_policy
from src.pipeline.settings import Settings
from tests.aws.people import actions_of

SERVICES = ("s3", "sqs", "dynamodb", "lambda", "iam", "logs", "sns", "cloudwatch", "ecr")
# IAM's names for what the models call otherwise.
NAMED_OTHERWISE = {
    "iam:PassRole", "sqs:TagQueue", "s3:AbortMultipartUpload", "s3:DeleteObjectVersion", "s3:GetBucketNotification",
    "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:ListBucket",
    "s3:ListBucketMultipartUploads", "s3:ListBucketVersions", "s3:PutBucketNotification",
    "s3:PutBucketPublicAccessBlock", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
}  # fmt: skip


def misfits(value: Any, shape: Shape, at: str) -> Iterator[str]:
    """Where a value does not fit a shape's enumeration, pattern, or largest length or number."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from misfits(inner, shape.members[name], f"{at}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from misfits(inner, shape.member, at)
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from misfits(name, shape.key, at)
            yield from misfits(inner, shape.value, f"{at}.{name}")
    elif shape.type_name == "string":
        pattern, allowed = shape.metadata.get("pattern"), shape.metadata.get("enum")
        if allowed and value not in allowed:
            yield f"{at} is {value}, not one of {allowed}"
        if pattern and not re.fullmatch(_python(pattern), value, re.DOTALL):
            yield f"{at} is {value}, not like {pattern}"
    most = shape.metadata.get("max")
    if most is not None and (value if isinstance(value, int | float) else len(value)) > most:
        yield f"{at} is more than {most}"


def _python(pattern: str) -> str:
    return pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s")  # re has no Unicode classes


def test_requests_fit_the_models(bare: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    calls = 0
    make = BaseClient._make_api_call

    def checked(self: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        nonlocal calls
        calls += 1
        model = self.meta.service_model.operation_model(operation)
        found.extend(misfits(request, model.input_shape, operation) if model.input_shape else ())
        return make(self, operation, request)

    monkeypatch.setattr(BaseClient, "_make_api_call", checked)
    settings = bare()
    up(settings)
    up(replace(settings, trigger="direct", reserved_concurrency=5, alarm_email="ops@example.org", log_days=7))
    assert down(settings) == []
    assert calls > 100
    assert sorted(set(found)) == []


@pytest.mark.parametrize("policy", [deployer_policy, client_policy, detection_policy, recognition_policy])
def test_policies_name_real_actions(policy: Callable[[Account], dict[str, Any]], bare: Callable[..., Settings]) -> None:
    session = botocore.session.get_session()
    real = {f"{s}:{name}" for s in SERVICES for name in session.get_service_model(s).operation_names}
    assert actions_of(policy(Account(bare()))) - real <= NAMED_OTHERWISE


def test_what_does_not_fit_is_found() -> None:
    model = botocore.session.get_session().get_service_model("lambda").operation_model("CreateFunction").input_shape
    request = {"FunctionName": "no good", "MemorySize": 99_999, "PackageType": "Tar"}
    assert [said.split()[0] for said in misfits(request, model, "Create")] == [
        "Create.FunctionName", "Create.MemorySize", "Create.PackageType",
    ]  # fmt: skip
