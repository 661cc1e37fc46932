"""Calls of a function URL and the frames in them, of any shape: what they hold, or a refusal that says why."""

import base64
import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.pipeline.errors import HttpRefusal
from src.pipeline.http_call import MAX_BODY_BYTES, HttpCall, refused, reply
from src.pipeline.posted import RUN_ID, PostedFrame
from tests.mutations import mutated_bytes, mutated_json

EVENT = json.loads((Path(__file__).parents[1] / "events" / "url_post.json").read_text())
FRAME = {"request_id": "a-1", "filename": "é 1.jpg", "content": base64.b64encode(b"picture").decode()}
quick = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def call(body: bytes | str, *, encoded: bool = False, **more: object) -> HttpCall:
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return HttpCall.parse(EVENT | {"body": text, "isBase64Encoded": encoded or isinstance(body, bytes)} | more)


def refusal(action) -> HttpRefusal:
    with pytest.raises(HttpRefusal) as caught:
        action()
    assert refused(caught.value)["statusCode"] == caught.value.status
    return caught.value


def test_a_frame_in_a_body_as_text_or_as_base64():
    for body in (json.dumps(FRAME), json.dumps(FRAME).encode()):
        frame = PostedFrame.read(call(body).json_object(), max_bytes=10)
        assert (frame.request_id, frame.run_id, frame.filename, frame.data) == ("a-1", RUN_ID, "é 1.jpg", b"picture")
    assert "picture" not in repr(frame)


def test_a_method_and_seconds():
    assert call("", rawQueryString="wait=3&wait=2.5").seconds("wait") == 2.5
    assert call("", rawQueryString="").seconds("wait") is None
    get = EVENT | {"requestContext": {"http": {"method": "get"}}}
    assert refusal(lambda: HttpCall.parse(get).only("POST")).headers == {"Allow": "POST"}


def test_the_largest_body_is_taken_and_one_byte_more_is_not():
    for encoded in (False, True):
        most, more = (b"x" * size if encoded else "x" * size for size in (MAX_BODY_BYTES, MAX_BODY_BYTES + 1))
        assert len(call(most).body) == MAX_BODY_BYTES
        assert refusal(lambda more=more: call(more)).status == 413


def test_the_largest_picture_is_taken_and_one_byte_more_is_not():
    assert PostedFrame.read(FRAME, max_bytes=7).data == b"picture"
    assert refusal(lambda: PostedFrame.read(FRAME, max_bytes=6)).status == 413


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"\xff\xfe{}", "not UTF-8"),
        (b" \n", "empty"),
        ("x", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("1" * 10_000, "is not JSON"),
        ("[]", "is list"),
    ],
)
def test_a_body_that_is_no_object(body, says):
    found = refusal(lambda: call(body).json_object())
    assert found.status == 400
    assert says in str(found)


@pytest.mark.parametrize("event", [{}, {"requestContext": {}}, {"requestContext": {"http": 3}}])
def test_an_event_that_is_no_call(event):
    assert refusal(lambda: HttpCall.parse(event)).status == 400


def test_a_reply_is_json():
    assert json.loads(reply(200, {"a": "é\x00"})["body"]) == {"a": "é\x00"}


@quick
@given(st.integers(0, 2**64))
def test_mutated_calls(seed):
    random = Random(seed)
    body = mutated_bytes(random, json.dumps(FRAME).encode()).decode("utf-8", "surrogateescape")
    event = mutated_json(random, EVENT | {"body": body, "rawQueryString": "wait=3"})
    try:
        read = HttpCall.parse(event if isinstance(event, dict) else EVENT | {"body": body})
        read.only("POST")
        read.seconds("wait")
        frame = PostedFrame.read(read.json_object(), max_bytes=1000)
    except HttpRefusal as found:
        json.loads(refused(found)["body"])
        return
    assert frame.request_id and frame.filename and frame.data


@quick
@given(st.dictionaries(st.sampled_from([*FRAME, "run_id"]), st.text(max_size=9) | st.integers() | st.none()))
def test_frames_of_any_shape(fields):
    try:
        frame = PostedFrame.read(FRAME | fields, max_bytes=100)
    except HttpRefusal as found:
        assert found.status in (400, 413)
        return
    json.dumps({"request_id": frame.request_id, "filename": frame.filename}).encode()
    frame.filename.encode()
