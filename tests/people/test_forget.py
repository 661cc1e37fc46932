"""Forgetting: every store, all versions, messages on their way, and what comes late."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.people.correct import correct
from src.aws.people.enrolling import enroll_folder, enroll_photo
from src.aws.people.forget import forget_person, forget_run
from src.aws.people.listing import listing
from src.aws.people.office import THUMBS, Office
from src.aws.people.subject import told_by
from src.aws.resource import ensure
from src.pipeline.contracts import FrameKey, Request, Response, Status, crops_key
from src.pipeline.crop_codec import from_text, pack, to_text
from src.pipeline.errors import UsageError
from src.pipeline.stores import Queue
from src.pipeline.stores.results import response_of
from tests.conftest import GALLERY, SAMPLES
from tests.people.conftest import seen


@pytest.fixture
def queued(office: Office) -> Iterator[Office]:
    """With queues, and without functions that would empty them."""
    aws = Account(office.settings)
    for queue in blueprint.queues(aws):
        ensure(aws, queue)
    names = aws.names
    urls = {f"{name}_url": aws.queue_url(getattr(names, name))
            for name in ("frame_queue", "req_queue", "resp_queue", "frame_dlq", "req_dlq")}  # fmt: skip
    office.settings = replace(office.settings, gallery_check_s=0.0, function_timeout_s=1, **urls)
    enroll_folder(office, GALLERY)
    yield office


def queue(office: Office, name: str) -> Queue:
    return Queue(office.connection, office.settings.need(f"{name}_url"))


def event_of(office: Office, key: str) -> dict[str, object]:
    record = {
        "eventTime": "2026-01-01T00:00:00Z",
        "s3": {"bucket": {"name": office.objects.bucket}, "object": {"key": key}},
    }
    return {"Records": [record]}


def request_of(office: Office, sample: str, request_id: str) -> dict[str, object]:
    found = office.finder.find((SAMPLES / sample).read_bytes())
    return Request(request_id, "run", sample, found.image_size, found.faces, crops=to_text(pack(found.crops))).to_json()


def with_crops_in_the_bucket(office: Office, sample: str, request_id: str) -> dict[str, object]:
    """Of a frame with so many faces that they do not fit into a message."""
    message = request_of(office, sample, request_id)
    key = crops_key("run", request_id)
    office.objects.put(key, from_text(str(message.pop("crops"))))
    return message | {"crops_key": key}


def texts(office: Office) -> str:
    """Everything in the table and the lists of the gallery's versions, as one text."""
    pages = office.connection.client("dynamodb").get_paginator("scan").paginate(TableName=office.table.table)
    items = json.dumps([page["Items"] for page in pages], default=str)
    keys = [key for key in office.objects.keys("gallery/") if key.endswith(".json")]
    return items + "".join(office.objects.get(key).decode() for key in keys)


def test_a_person_is_gone_from_every_store(queued: Office) -> None:
    office = queued
    enroll_photo(office, SAMPLES / "obama_speech.jpg", "Barack Obama")
    office.people.set_info({"Barack Obama": {"programme": "Law"}, "Joe Biden": {"programme": "Law"}})
    answers = {sample: seen(office, sample, f"r{number}") for number, sample in enumerate(
        ("obama_dark.jpg", "obama_and_biden.jpg", "biden_dark.jpg", "stranger.jpg"))}  # fmt: skip
    correct(office, "r3", 0, "Barack Obama")
    office.objects.put(crops_key("run", "r0"), b"crops")
    office.objects.put("videos/run/film.mp4", b"film")
    # On their way: a frame that nobody has looked at, one that is cut, and answers that nobody fetched.
    for sample, request_id in (("obama_small.jpg", "way1"), ("biden_small.jpg", "way2")):
        key = str(FrameKey("run", request_id, sample))
        office.objects.put(key, (SAMPLES / sample).read_bytes())
        queue(office, "frame_queue").send(event_of(office, key))
    for sample, request_id in (("obama_rgba.png", "way3"), ("hopper_dark.webp", "way4")):
        queue(office, "req_queue").send(request_of(office, sample, request_id))
    queue(office, "req_dlq").send(request_of(office, "obama_blue_room.jpg", "way5"))
    queue(office, "req_queue").send(with_crops_in_the_bucket(office, "obama_small.jpg", "way6"))
    for sample in ("obama_dark.jpg", "biden_dark.jpg"):
        queue(office, "resp_queue").send(answers[sample].to_json())
    queue(office, "resp_queue").send({"not": "ours"})

    receipt = forget_person(office, "Barack Obama")

    assert receipt.ids == {"r0", "r1", "r3", "way1", "way3", "way5", "way6"}
    assert receipt.left == [] and receipt.verified_at is not None
    # Two photos, one of them in two versions: nothing is counted twice.
    assert (receipt.removed["enrolled faces"], receipt.removed["gallery versions"]) == (2, 2)
    assert receipt.summary == (
        "7 frames (4 pictures, 2 files of face crops, 7 records, 1 video), 5 messages, 2 enrolled faces, "
        "2 versions of the gallery that had them, 2 thumbnails, 1 set of attributes"
    )
    assert receipt.removed["messages"] == 5
    assert receipt.removed["thumbnails"] == 2
    assert (receipt.removed["crops"], receipt.removed["videos"], receipt.removed["attributes"]) == (2, 1, 1)
    assert list(office.objects.keys("crops/")) == []
    assert "Obama" not in texts(office)
    assert [key.split("/")[2] for key in office.objects.keys("frames/")] == ["r2", "way2"]
    assert list(office.objects.keys("videos/")) == []
    assert len(list(office.objects.keys(THUMBS))) == 3
    depths = {name: queue(office, name).depth() for name in ("frame_queue", "req_queue", "resp_queue", "req_dlq")}
    assert depths == {"frame_queue": 1, "req_queue": 1, "resp_queue": 2, "req_dlq": 0}

    # Not even a rollback, or an answer that comes late, brings anything back.
    for version in office.rolls.versions():
        office.rolls.rollback(version.number)
        assert set(listing(office)) <= {"Eileen Collins", "Grace Hopper", "Joe Biden"}
    assert not office.table.record(answers["obama_dark.jpg"], keep_days=1)
    late = replace(answers["obama_dark.jpg"], request_id="way3")
    assert not office.table.record(late, keep_days=1)
    told = response_of(office.table.get("way3") or {})
    assert (told.status, told.faces) == (Status.FAILED, ())
    assert "to be forgotten" in str(told.error)
    assert seen(office, "obama_dark.jpg", "later").result == "unknown"
    with pytest.raises(UsageError, match="Nobody called 'Barack Obama'"):
        forget_person(office, "Barack Obama")


def test_a_run_is_gone_and_others_stay(queued: Office) -> None:
    office = queued
    seen(office, "stranger.jpg", "a1", run_id="run-a")
    seen(office, "stranger_mirrored.jpg", "b1", run_id="run-b")
    correct(office, "a1", 0, "Marie Curie", learn=True)
    key = str(FrameKey("run-a", "a2", "biden_small.jpg"))
    office.objects.put(key, (SAMPLES / "biden_small.jpg").read_bytes())
    queue(office, "frame_queue").send(event_of(office, key))
    receipt = forget_run(office, "run-a")
    assert receipt.ids == {"a1", "a2"}
    assert receipt.verified_at is not None
    assert "Marie Curie" not in listing(office)
    assert all("Marie Curie" not in roll.people for _, _, roll in office.rolls.everything())
    assert [key.split("/")[1] for key in office.objects.keys("frames/")] == ["run-b"]
    assert queue(office, "frame_queue").depth() == 0
    assert office.table.get("b1") is not None
    assert list(office.table.by_run("run-a")) == []
    with pytest.raises(UsageError, match="No run 'run-a' is recorded"):
        forget_run(office, "run-a")


def test_the_receipt(queued: Office, tmp_path: Path) -> None:
    seen(queued, "hopper_dark.webp", "r1")
    receipt = forget_person(queued, "Grace Hopper")
    receipt.save(tmp_path / "sub" / "receipt.json")
    written = json.loads((tmp_path / "sub" / "receipt.json").read_text())
    assert written["forgotten"] == {"person": "Grace Hopper"}
    assert written["removed"] == {
        "enrolled faces": 1,
        "gallery versions": 1,
        "pictures": 1,
        "records": 2,
        "thumbnails": 1,
    }
    assert (written["frames"], written["runs"], written["left"]) == (["r1"], ["run"], [])
    assert written["verified_gone"] is True
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        receipt.save(tmp_path / "file" / "receipt.json")


def test_a_name_inside_another_is_not_meant(queued: Office) -> None:
    enroll_photo(queued, SAMPLES / "stranger.jpg", "Joe")
    receipt = forget_person(queued, "Joe")
    assert receipt.removed["enrolled faces"] == 1
    assert "Joe Biden" in listing(queued)


def test_what_is_left_is_said(queued: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(queued, "biden_dark.jpg", "r1")
    monkeypatch.setattr("src.aws.people.removal._remove_objects", lambda *_: {})
    monkeypatch.setattr("src.aws.people.forget.PASSES", 2)
    receipt = forget_person(queued, "Joe Biden")
    assert receipt.left == ["frames/run/r1/biden_dark.jpg"]
    assert receipt.verified_at is None
    assert Response.from_json(queued.table.get("r1")).status is Status.FAILED


def test_broken_off_it_goes_on(queued: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(queued, "biden_dark.jpg", "r1")
    with monkeypatch.context() as patched:
        patched.setattr("src.aws.people.forget.remove_frames", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget_person(queued, "Joe Biden")
    assert "Joe Biden" not in listing(queued)
    assert queued.table.get("r1") is not None
    receipt = forget_person(queued, "Joe Biden")
    assert (receipt.ids, receipt.left) == ({"r1"}, [])
    assert list(queued.objects.keys("frames/")) == []


def test_somebody_who_is_nothing_but_attributes_is_forgotten(office: Office) -> None:
    office.people.set_info({"Ada Lovelace": {"room": "12"}})
    receipt = forget_person(office, "Ada Lovelace")
    assert (receipt.summary, receipt.left) == ("1 set of attributes", [])
    assert receipt.verified_at is not None
    assert office.people.info("Ada Lovelace") is None


def test_an_event_that_lambda_gave_up_tells_its_frame() -> None:
    event = {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": "frames/run/r1/a.jpg"}}}]}
    for body in (event, {"requestPayload": event}):
        told = told_by(json.dumps(body), "dlib")
        assert (told.content, told.ids) == ({"run_id": "run"}, {"r1"})
