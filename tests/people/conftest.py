"""Deployments to enroll, correct and forget people in, apart from the one that the other tests share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import down
from src.aws.local import EmbeddedStack
from src.aws.people.office import Office
from src.aws.resource import ensure
from src.pipeline.settings import Settings

_number = itertools.count(1)


@pytest.fixture(scope="module")
def networks(embedded: EmbeddedStack) -> Office:
    """The detector and recognizer, loaded once."""
    settings = embedded.settings(Settings.load({}, prefix="networks", recognizer="dlib"))
    return Office(replace(settings, bucket="none", table="none"))


@pytest.fixture
def office(embedded: EmbeddedStack, networks: Office) -> Iterator[Office]:
    """A bucket and a table of one's own, without functions."""
    settings = embedded.settings(Settings.load({}, prefix=f"office{next(_number)}", recognizer="dlib"))
    aws = Account(settings)
    for resource in (blueprint.bucket(aws), blueprint.table(aws)):
        ensure(aws, resource)
    made = Office(replace(settings, bucket=aws.names.bucket, table=aws.names.table))
    made.finder, made.embedder = networks.finder, networks.embedder
    yield made
    assert down(settings) == []
