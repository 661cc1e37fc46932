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
from src.pipeline.contracts import FrameKey, Response
from src.pipeline.faces import FaceNamer, status_of
from src.pipeline.settings import Settings
from tests.conftest import SAMPLES

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


def seen(office: Office, sample: str, request_id: str, run_id: str = "run") -> Response:
    """Put a sample into the bucket and record its answer, as the functions do."""
    data = (SAMPLES / sample).read_bytes()
    office.objects.put(str(FrameKey(run_id, request_id, sample)), data)
    found = office.finder.find(data)
    (faces,), _ = FaceNamer(office.embedder, None).name([(found.faces, found.crops)], office.rolls.current().gallery)
    answer = Response(request_id, run_id, sample, status_of(faces), faces, "dlib")
    assert office.table.record(answer, keep_days=1)
    return answer
