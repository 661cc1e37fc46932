"""Events and messages of any shape: what they hold, or ContractError; and what is read can be written again."""

import json
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from src.pipeline.contracts import FaceResult, FrameKey, Request, Response, Status, dumps, loads
from src.pipeline.crop_codec import from_text, pack, unpack
from src.pipeline.errors import ContractError, GalleryError
from src.pipeline.events import (
    StoredFrame,
    frames_in_s3_event,
    frames_in_sqs_record,
    is_sqs,
    is_url_call,
    receive_count,
)
from src.pipeline.gallery import Gallery
from tests.mutations import mutated_bytes, mutated_json

EVENTS = {p.stem: json.loads(p.read_text()) for p in (Path(__file__).parents[1] / "events").glob("*.json")}
CROPS = pack(np.random.default_rng(0).integers(0, 256, (2, 20, 20, 3), dtype=np.uint8))
GALLERY = Gallery("dlib", ("a", "b"), np.arange(2, dtype=np.int32), np.zeros((2, 128), np.float32)).to_bytes()
FACE = {"box": [1, 2, 3, 4], "score": 0.9, "landmarks": [[1, 2]] * 5}
MESSAGE = {
    "request_id": "a",
    "run_id": "b",
    "filename": "c",
    "image_size": [3, 4],
    "status": "recognized",
    "faces": [FACE | {"name": "x", "distance": 0.1}],
    "crops": "AAAA",
    "timings": {"a_s": 1, "cold": True},
}
quick = settings(max_examples=300, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 2**64)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from([*MESSAGE, "Records", "Event", "body", "attributes", "s3"]), anything)


def frames_or_refusal(event: object) -> None:
    try:
        frames = frames_in_s3_event(event)
    except ContractError:
        return
    for frame in frames:
        assert isinstance(frame, StoredFrame)
        assert frame.run_id and frame.request_id and frame.filename


@quick
@given(anything | objects)
def test_s3_events_of_any_shape(event):
    frames_or_refusal(event)


@quick
@given(seeds)
def test_mutated_s3_events(seed):
    frames_or_refusal(mutated_json(Random(seed), EVENTS["s3_put"]))


@quick
@given(seeds)
def test_mutated_sqs_records(seed):
    random = Random(seed)
    body = mutated_bytes(random, json.dumps(EVENTS["s3_put"]).encode()).decode("utf-8", "surrogateescape")
    record = mutated_json(random, EVENTS["sqs"]["Records"][0] | {"body": body})
    if isinstance(record, dict):
        assert receive_count(record) == int(receive_count(record))
        try:
            frames_in_sqs_record(record)
        except ContractError as error:
            assert str(error)


@quick
@given(objects)
def test_kinds_of_events_of_any_shape(event):
    assert not (is_sqs(event) and is_url_call(event))


@quick
@given(anything | objects | seeds.map(lambda seed: mutated_json(Random(seed), MESSAGE)))
def test_messages_of_any_shape_and_back(value):
    for kind in (Request, Response, FaceResult):
        try:
            message = kind.from_json(value)
        except ContractError:
            continue
        assert kind.from_json(loads(dumps(message.to_json()))) == message


def test_the_message_that_is_mutated_is_good():
    assert Request.from_json(MESSAGE).crops == "AAAA"
    assert Response.from_json(MESSAGE).status is Status.RECOGNIZED


@quick
@given(st.text(max_size=200))
def test_text_that_is_no_message(text):
    for read in (lambda: Response.from_json(loads(text)), lambda: from_text(text), lambda: FrameKey.parse(text)):
        try:
            read()
        except ContractError as error:
            assert str(error)


@quick
@given(seeds)
def test_damaged_crops_and_galleries(seed):
    random = Random(seed)
    try:
        assert unpack(mutated_bytes(random, CROPS), side=20, faces=2).shape == (2, 20, 20, 3)
    except ContractError as error:
        assert "crops" in str(error)
    try:
        assert Gallery.from_bytes(mutated_bytes(random, GALLERY), model="dlib", source="it").model == "dlib"
    except GalleryError as error:
        assert str(error)
