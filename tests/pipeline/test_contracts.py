import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.pipeline.contracts import Face, FaceResult, FrameKey, Request, Response, Status, dumps, loads
from src.pipeline.errors import ContractError

FACE = Face((1.5, 2.0, 30.25, 40.0), 0.99, ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0), (9.0, 10.0)))
REQUEST = Request(
    "r1", "run1", "a b+c.jpg", (1280, 720), (FACE,), crops="AAAA", timings={"fetch_s": 0.25, "cold_detection": True}
)
NAMED = FaceResult("Grace Hopper", 0.31, (1.0, 2.0, 3.0, 4.0), 0.98)
RESPONSE = Response("r1", "run1", "ü '%.jpg", Status.RECOGNIZED, (NAMED,), "dlib", {"embed_s": 0.05})


def test_messages_survive_the_wire():
    assert Request.from_json(loads(dumps(REQUEST.to_json()))) == REQUEST
    assert Response.from_json(loads(dumps(RESPONSE.to_json()))) == RESPONSE


def test_result_is_the_name_on_the_first_face_or_nothing():
    assert RESPONSE.to_json()["result"] == "Grace Hopper"
    assert Response("r", "u", "f", Status.NO_FACE).to_json()["result"] is None


def test_extra_keys_are_allowed():
    assert Response.from_json(RESPONSE.to_json() | {"colour": "blue"}) == RESPONSE


@pytest.mark.parametrize("field", ["request_id", "run_id", "filename", "status", "faces", "timings"])
def test_a_missing_response_field_is_named(field):
    body = RESPONSE.to_json()
    del body[field]
    with pytest.raises(ContractError, match=f"{field} is missing"):
        Response.from_json(body)


@pytest.mark.parametrize("field", ["request_id", "run_id", "filename", "image_size", "faces", "timings"])
def test_a_missing_request_field_is_named(field):
    body = REQUEST.to_json()
    del body[field]
    with pytest.raises(ContractError, match=f"{field} is missing"):
        Request.from_json(body)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "maybe"}, {"faces": {}}, {"faces": [{"name": "x"}]}, {"request_id": ""}, {"request_id": 3},
        {"timings": {"embed_s": "fast"}}, {"timings": {"embed_s": math.nan}}, {"timings": []},
    ],
)  # fmt: skip
def test_a_wrong_response_is_a_contract_error(change):
    with pytest.raises(ContractError):
        Response.from_json(RESPONSE.to_json() | change)


def test_a_request_carries_crops_in_exactly_one_way():
    with pytest.raises(ContractError, match="either"):
        Request.from_json(REQUEST.to_json() | {"crops_key": "crops/run1/r1.crops"})
    with pytest.raises(ContractError, match="either"):
        Request.from_json({k: v for k, v in REQUEST.to_json().items() if k != "crops"})


def test_nan_is_never_written():
    with pytest.raises(ValueError):
        dumps({"x": math.inf})


@given(st.text(min_size=1).filter(lambda t: t.strip("/") == t))
def test_a_frame_key_gives_back_what_was_put_in(name):
    assert FrameKey.parse(str(FrameKey("run", "req", name))) == FrameKey("run", "req", name)


@pytest.mark.parametrize("key", ["", "frames/", "frames/a/b", "frames//b/c.jpg", "crops/a/b/c.jpg"])
def test_other_keys_are_refused(key):
    with pytest.raises(ContractError, match="not of the form"):
        FrameKey.parse(key)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_text_that_is_no_json_is_a_contract_error(text):
    with pytest.raises(ContractError):
        loads(text)
