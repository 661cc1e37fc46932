"""Strangers: known again, numbered once by several functions at the same time, promoted, forgotten, and expiring."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from src.aws.people.enrolling import enroll_photo
from src.aws.people.forget import forget_person, forget_run, forget_stranger
from src.aws.people.listing import listing
from src.aws.people.office import Office
from src.aws.people.strangers import promote, stranger, strangers
from src.pipeline.contracts import FaceResult, FrameKey, Response
from src.pipeline.errors import UsageError
from src.pipeline.faces import FaceNamer, status_of
from src.pipeline.strangers import Sighting, Strangers
from tests.conftest import SAMPLES

THRESHOLD = 0.5


@pytest.fixture
def quick(office: Office) -> Office:
    office.settings = replace(office.settings, gallery_check_s=0.0, function_timeout_s=1)
    return office


def function(office: Office, keep_days: int = 30) -> Strangers:
    """What one running function has."""
    return Strangers(office.strangers, office.model, keep_days=keep_days, check_s=0.0)


def see(office: Office, sample: str, request_id: str, serving: Strangers) -> Response:
    """Answer a sample as the function does."""
    data = (SAMPLES / sample).read_bytes()
    office.objects.put(str(FrameKey("run", request_id, sample)), data)
    found = office.finder.find(data)

    def known_again(_: int, face: FaceResult, embedding: np.ndarray) -> FaceResult:  # type: ignore[type-arg]
        seen = serving.sighting(embedding, request_id, THRESHOLD)
        return replace(face, stranger=seen.id, seen_before=seen.seen_before)

    frames = [(found.faces, found.crops)]
    (faces,), _ = FaceNamer(office.embedder, None).name(frames, office.rolls.current().gallery, known_again)
    answer = Response(request_id, "run", sample, status_of(faces), faces, "dlib")
    assert office.table.record(answer, keep_days=1)
    return answer


def test_a_stranger_is_known_again(quick: Office) -> None:
    one, other = function(quick), function(quick)
    first = see(quick, "stranger.jpg", "r1", one).faces[0]
    second = see(quick, "stranger_mirrored.jpg", "r2", other).faces[0]
    another = see(quick, "obama_speech.jpg", "r3", one).faces[0]
    assert (first.name, first.stranger, first.seen_before) == ("unknown", "stranger-1", False)
    assert (second.stranger, second.seen_before) == ("stranger-1", True)
    assert (another.stranger, another.seen_before) == ("stranger-2", False)
    assert [(k.stranger.id, k.faces) for k in strangers(quick)] == [
        ("stranger-1", (("r1", 0), ("r2", 0))), ("stranger-2", (("r3", 0),)),
    ]  # fmt: skip
    assert list(quick.table.by_person("unknown")) == []
    with pytest.raises(UsageError, match="No stranger-9 is remembered"):
        stranger(quick, "stranger-9")


def test_many_functions_at_once_give_one_person_one_number(quick: Office) -> None:
    people = np.eye(4, 128, dtype=np.float32)
    functions = [function(quick) for _ in range(4)]

    def sight(number: int) -> Sighting:
        return functions[number % 4].sighting(people[number // 4], f"r{number}", THRESHOLD)

    with ThreadPoolExecutor(4) as pool:
        ids = [sighting.id for sighting in pool.map(sight, range(16))]
    assert [len(set(ids[at : at + 4])) for at in range(0, 16, 4)] == [1, 1, 1, 1]
    assert set(ids) == {"stranger-1", "stranger-2", "stranger-3", "stranger-4"}
    again = function(quick).sighting(people[0], "r0", THRESHOLD)
    assert again.id == ids[0]


def test_the_same_frame_delivered_twice_has_one_answer(quick: Office) -> None:
    face = np.eye(1, 128, dtype=np.float32)[0]
    assert function(quick).sighting(face, "r1", THRESHOLD) == function(quick).sighting(face, "r1", THRESHOLD)


def test_a_stranger_expires_unless_seen_again(quick: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    face, now, serving = np.eye(1, 128, dtype=np.float32)[0], time.time(), function(quick, keep_days=2)
    assert serving.sighting(face, "r1", THRESHOLD).id == "stranger-1"
    for days, expected in ((1, "stranger-1"), (2.5, "stranger-1"), (5, "stranger-2")):
        monkeypatch.setattr(time, "time", lambda days=days: now + days * 86_400)
        assert serving.sighting(face, f"r{days}", THRESHOLD).id == expected
        assert function(quick, keep_days=2).sighting(face, f"r{days}", THRESHOLD).id == expected


def test_promote(quick: Office) -> None:
    serving = function(quick)
    see(quick, "stranger.jpg", "r1", serving)
    see(quick, "stranger_mirrored.jpg", "r2", serving)
    told: list[str] = []
    done = promote(quick, "stranger-1", "Marie Curie", lambda frame: told.append(frame["request_id"]))
    assert (done.faces, told) == (2, ["r1", "r2"])
    assert listing(quick) == {"Marie Curie": 1}
    assert [i["request_id"] for i in quick.table.by_person("Marie Curie")] == ["r1", "r2"]
    assert strangers(quick) == []
    item = quick.table.get("r1") or {}
    assert (item["status"], item["faces"][0]["name"]) == ("recognized", "Marie Curie")
    assert "stranger" not in item["faces"][0]
    assert see(quick, "stranger.jpg", "r3", serving).result == "Marie Curie"
    assert serving.sighting(np.eye(1, 128, dtype=np.float32)[0], "r4", THRESHOLD).id == "stranger-2"


def test_a_forgotten_run_takes_the_faces_with_it_that_it_was_first_to_show(quick: Office) -> None:
    see(quick, "stranger.jpg", "r1", function(quick))
    assert forget_run(quick, "run").removed["strangers"] == 1
    assert strangers(quick) == []


def test_forget_a_stranger_and_a_person_who_was_one(quick: Office) -> None:
    serving = function(quick)
    see(quick, "stranger.jpg", "r1", serving)
    see(quick, "obama_speech.jpg", "r2", serving)
    receipt = forget_stranger(quick, "stranger-1")
    assert (receipt.ids, receipt.removed["strangers"], receipt.left) == ({"r1"}, 1, [])
    assert receipt.verified_at is not None
    assert see(quick, "stranger_mirrored.jpg", "r3", serving).faces[0].seen_before is False
    enroll_photo(quick, SAMPLES / "obama_speech.jpg", "Barack Obama")
    receipt = forget_person(quick, "Barack Obama")
    assert (receipt.ids, receipt.removed["strangers"]) == ({"r2"}, 1)
    assert [k.stranger.id for k in strangers(quick)] == ["stranger-3"]
    with pytest.raises(UsageError, match="No stranger-1 is remembered or recorded"):
        forget_stranger(quick, "stranger-1")
