"""A new account runs ten functions in all: what its queues start, and what is set aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from src.aws.account import Account
from src.aws.resources.concurrency import at_most, set_aside
from src.pipeline.settings import Settings
from tests.aws.refusals import Http


def with_quota(settings: Settings, quota: int, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account that says it runs so many functions at once."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    aws = Account(replace(settings, embedded=False, max_concurrency=10))
    limits = {"ConcurrentExecutions": quota, "UnreservedConcurrentExecutions": quota}

    def answer(**_: Any) -> tuple[Any, dict[str, Any]]:
        return Http(200), {"AccountLimit": limits, "ResponseMetadata": {"HTTPStatusCode": 200}}

    aws.client("lambda").meta.events.register("before-call.lambda.GetAccountSettings", answer)
    return aws


@pytest.mark.parametrize(("quota", "most", "aside"), [(10, 5, None), (3, 2, None), (20, 10, None), (1000, 10, 110)])
def test_the_queues_share_what_the_account_has(
    quota: int, most: int, aside: int | None, bare: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = with_quota(replace(bare(), http_concurrency=100), quota, monkeypatch)
    assert at_most(aws) == most
    assert set_aside(aws, aws.names.detection_function, "detection") == aside
