"""Calls by HTTP when something fails: each crash point and each store that is away, against a real table."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from src.aws import blueprint
from src.aws.account import Account
from src.aws.resource import ensure, remove
from src.pipeline.contracts import Response, Status
from src.pipeline.frame_posts import SPARE_S, FramePosts, Looked
from src.pipeline.posted import PostedFrame
from src.pipeline.settings import Settings
from src.pipeline.stores import Claims, ResultTable
from tests.aws.refusals import Refusals


class Desk:
    """FramePosts over a real table; sent counts how often a frame was handed on. dies: at that moment, once."""

    def __init__(self, aws: Account) -> None:
        self.aws = aws
        self.sent: list[str] = []
        self.dies = ""
        self.refusals = Refusals(aws)
        self.table = ResultTable(aws._connection, aws.names.table)
        self.posts = FramePosts(
            Claims(aws._connection, aws.names.table), self.table, Logger(level="CRITICAL"),
            max_bytes=1000, keep_days=1, look=self.look,
        )  # fmt: skip

    def look(self, frame: PostedFrame) -> Looked:
        def hand_on() -> None:
            if self.dies == "before sending":
                self.dies = ""
                raise SystemExit
            self.sent.append(frame.request_id)
            if self.dies == "after sending":
                self.dies = ""
                raise SystemExit

        if self.dies == "looking":
            raise ValueError("a bug")
        return Looked(3, hand_on)

    def post(self, request_id: str, *, data: bytes = b"picture", query: str = "", left_s: float = 60) -> Any:
        body = {"request_id": request_id, "filename": "a.jpg", "content": base64.b64encode(data).decode()}
        http = {"requestContext": {"http": {"method": "POST"}}, "rawQueryString": query}
        return self.posts.answer(http | {"body": json.dumps(body)}, left_s)

    def record(self, request_id: str) -> None:
        self.table.record(Response(request_id, "http", "a.jpg", Status.NO_FACE), keep_days=1)


@pytest.fixture(scope="module")
def account(embedded: Any) -> Iterator[Account]:
    aws = Account(embedded.settings(Settings.load({}, prefix="posts", recognizer="dlib")))
    ensure(aws, blueprint.table(aws))
    yield aws
    remove(aws, blueprint.table(aws))


@pytest.fixture
def desk(account: Account) -> Desk:
    return Desk(Account(account.settings))  # clients of its own: what is refused here is refused nowhere else


def accepted(answer: Any) -> dict[str, Any]:
    assert answer["statusCode"] == 200
    return dict(json.loads(answer["body"]))


@pytest.mark.parametrize(("moment", "sent"), [("before sending", 1), ("after sending", 2)])
def test_a_retry_after_a_crash_completes_the_work(moment: str, sent: int, desk: Desk) -> None:
    """Handed on twice is harmless: the record, written once, has one message."""
    request_id = moment.replace(" ", "-")
    desk.dies = moment
    with pytest.raises(SystemExit):
        desk.post(request_id)
    assert accepted(desk.post(request_id)) == {"request_id": request_id, "status": "accepted", "faces": 3}
    assert desk.sent == [request_id] * sent
    desk.record(request_id)
    assert accepted(desk.post(request_id))["faces"] == 3
    assert len(desk.sent) == sent


def test_another_picture_under_the_same_id_is_not_handed_on(desk: Desk) -> None:
    desk.post("same")
    assert desk.post("same", data=b"another")["statusCode"] == 409
    assert desk.sent == ["same"]


def test_a_store_that_is_away_is_503_and_nothing_is_handed_on(desk: Desk) -> None:
    desk.refusals.first(1, "dynamodb", "PutItem", "ThrottlingException")
    answer = desk.post("away")
    assert (answer["statusCode"], answer["headers"]["Retry-After"], desk.sent) == (503, "1", [])
    assert accepted(desk.post("away"))["faces"] == 3


@pytest.mark.parametrize("what", ["a bug", "a permission"])
def test_what_is_broken_is_500_and_says_nothing_of_the_inside(what: str, desk: Desk) -> None:
    if what == "a bug":
        desk.dies = "looking"
    else:
        desk.refusals.first(1, "dynamodb", "PutItem", "AccessDeniedException", "role arn:aws:iam::1:role/x may not")
    answer = desk.post(what.replace(" ", "-"))
    assert answer["statusCode"] == 500
    assert "arn" not in answer["body"] and "bug" not in answer["body"]
    assert desk.sent == []


@pytest.mark.parametrize(("query", "left_s", "least"), [("wait=0.4", 60, 0.4), ("wait=50", SPARE_S + 0.4, 0.4)])
def test_waiting_ends_with_the_function_s_time(query: str, left_s: float, least: float, desk: Desk) -> None:
    begin = time.monotonic()
    assert accepted(desk.post("slow", query=query, left_s=left_s))["status"] == "accepted"
    assert least <= time.monotonic() - begin < least + 5


def test_waiting_ends_with_the_result(desk: Desk) -> None:
    desk.record("done")
    answer = accepted(desk.post("done", query="wait=30"))
    assert (answer["status"], answer["result"], answer["run_id"]) == ("no_face", None, "http")


def test_a_frame_is_accepted_though_its_result_cannot_be_read(desk: Desk) -> None:
    desk.refusals.first(99, "dynamodb", "GetItem", "ThrottlingException")
    assert accepted(desk.post("unread", query="wait=0.2"))["status"] == "accepted"
    assert desk.sent == ["unread"]
