"""What the setup notebook is made of, outside a notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import down
from src.aws.notebook import LONGEST_CELL, Place, create, listing, plain_errors, show, text
from src.aws.resources.policies import TRUST
from src.aws.resources.repository import LIFECYCLE
from src.pipeline.errors import UsageError
from src.pipeline.settings import Settings
from tests.conftest import Stack


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (True, "yes"),
        (7, "7"),
        (["by-person", "by-run"], "by-person, by-run"),
        (TRUST, "sts:AssumeRole"),
        (LIFECYCLE, "keep the 3 newest images"),
        ({"a": 1, "b": None}, "a=1, b=–"),
        ("x" * 200, "x" * (LONGEST_CELL - 1) + "…"),
    ],
)
def test_a_fact_is_a_few_words(value: Any, words: str) -> None:
    assert text(value) == words


def test_create_says_what_was_done_and_show_touches_nothing(bare: Callable[..., Settings]) -> None:
    settings = bare()
    aws = Account(settings)
    queues = blueprint.queues(aws)
    assert set(show(aws, *queues)["state"]) == {"missing"}
    assert set(show(aws, *queues)["state"]) == {"missing"}
    assert list(create(aws, *queues)["done"]) == ["created"] * 5
    assert list(create(aws, *queues)["done"]) == ["kept"] * 5
    longer = Account(replace(settings, function_timeout_s=90))
    changed = create(longer, *blueprint.queues(longer))
    assert changed["done"].to_dict()[f"{settings.prefix}-frame-queue"] == "changed"
    assert changed["visibility s"].to_dict()[f"{settings.prefix}-frame-queue"] == "540"
    assert list(listing(aws, queues)["state"]) == ["there"] * 5
    assert down(settings) == []


def test_another_deployment_is_not_forgotten(stack: Stack) -> None:
    before = stack.record.read_text()
    settings = Settings.load({}, recognizer="dlib", deployment_file=stack.record)
    with pytest.raises(UsageError, match="tells of facelane in an embedded stack, which is still there"):
        Place(settings, embedded=True)
    assert stack.record.read_text() == before


def test_a_deployment_on_an_account_may_be_gone_on_with_there_only(tmp_path: Path, stack: Stack) -> None:
    record = tmp_path / "deployment.json"
    replace(stack.deployment, embedded=False, endpoint_url=None).save(record)
    settings = Settings.load({}, recognizer="dlib", deployment_file=record, region="eu-west-1")
    with pytest.raises(UsageError, match="tells of facelane in us-east-1, account 000000000000"):
        Place(settings, embedded=False)
    there = replace(settings, region="us-east-1", endpoint_url=stack.deployment.endpoint_url, embedded=True)
    place = Place(there, embedded=False)
    assert {state for state in listing(place.aws, place.resources[:1])["state"]} == {"there"}


def test_outside_a_notebook_errors_stay_as_they_are() -> None:
    plain_errors()
