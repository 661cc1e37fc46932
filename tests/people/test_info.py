"""Attributes of people: read from CSV, kept in the table, carried by results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aws_lambda_powertools import Logger

from face_recognition.service import RecognitionService
from src.aws import blueprint
from src.aws.account import Account
from src.aws.people.enrolling import enroll_folder
from src.aws.people.info import set_info
from src.aws.people.office import Office
from src.aws.people.records import name_face
from src.aws.resource import ensure
from src.pipeline.attributes import LARGEST_BYTES, NOTE, ServingAttributes, bounded
from src.pipeline.contracts import FaceResult, Request, Response, crops_key, dumps, loads
from src.pipeline.crop_codec import pack
from src.pipeline.errors import UsageError
from src.pipeline.faces import FaceNamer
from src.pipeline.stores import Queue
from src.pipeline.stores.results import response_of
from tests.conftest import GALLERY, SAMPLES

FACES = 52

CSV = """id,name,programme,year
17,Grace Hopper,Mathematics,1934
18,Ada Lovelace,"Analysis, applied",
"""


def test_attributes_come_with_the_name(office: Office, tmp_path: Path) -> None:
    enroll_folder(office, GALLERY)
    serving = ServingAttributes(office.people, check_s=0)
    faces = tuple(FaceResult(name, 0.1, (0, 0, 9, 9), 1.0) for name in ("Grace Hopper", "unknown", "Joe Biden"))
    assert serving.added(faces) == faces

    path = tmp_path / "people.csv"
    path.write_text("\ufeff" + CSV, encoding="utf-8")
    made = set_info(office, path)
    assert (made.set, made.not_enrolled) == (("Grace Hopper", "Ada Lovelace"), ("Ada Lovelace",))
    hopper = {"id": "17", "name": "Grace Hopper", "programme": "Mathematics", "year": "1934"}
    assert [face.attributes for face in serving.added(faces)] == [hopper, None, None]
    office.people.set_info({"Grace Hopper": {"year": "1935"}})
    assert serving.added(faces)[0].attributes == {"year": "1935"}
    assert FaceResult.from_json(serving.added(faces)[0].to_json()) == serving.added(faces)[0]


def test_many_people_with_much_to_tell_in_one_frame_stay_within_the_stores_limits(office: Office) -> None:
    enroll_folder(office, GALLERY)
    office.people.set_info({"Grace Hopper": {"cv": "x" * 8000}})
    aws = Account(office.settings)
    for queue in blueprint.queues(aws):
        ensure(aws, queue)
    urls = {f"{name}_url": aws.queue_url(getattr(aws.names, name)) for name in ("req_queue", "resp_queue")}
    settings = replace(office.settings, **urls)
    service = RecognitionService(settings, FaceNamer(office.embedder, None), "dlib", office.connection, Logger())
    found = office.finder.find((SAMPLES / "hopper_grey_tilted.jpg").read_bytes())
    key = crops_key("run", "crowd")
    office.objects.put(key, pack(np.repeat(found.crops[:1], FACES, axis=0)))
    request = Request("crowd", "run", "crowd.jpg", found.image_size, found.faces[:1] * FACES, crops_key=key)
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "0"}
    record = {"messageId": "1", "receiptHandle": "none", "eventSource": "aws:sqs", "attributes": attributes,
              "body": dumps(request.to_json())}  # fmt: skip
    assert service.batch({"Records": [record]}) == {"batchItemFailures": []}

    (message,) = Queue(office.connection, settings.need("resp_queue_url")).receive(wait_s=0)
    answer = Response.from_json(loads(message.body))
    assert [face.name for face in answer.faces] == ["Grace Hopper"] * FACES
    assert answer.note == NOTE
    told = [face.attributes is not None for face in answer.faces]
    assert told == [True] * 20 + [False] * (FACES - 20)  # the largest faces first
    assert bytes_stored(office, "crowd") < 400 * 1024 * 3 / 4

    # A correction finds no room either, and what it says of the frame stays so.
    office.people.set_info({"Joe Biden": {"cv": "y" * 8000}})
    name_face(office, "crowd", FACES - 1, "Joe Biden", "test")
    corrected = response_of(office.table.get("crowd") or {})
    assert (corrected.faces[-1].name, corrected.faces[-1].attributes, corrected.note) == ("Joe Biden", None, NOTE)
    assert office.table.faces("crowd")[-1]["attributes"] == {"cv": "y" * 8000}


def bytes_stored(office: Office, request_id: str) -> int:
    """At least as many as DynamoDB counts for a frame's item."""
    return len(dumps(office.table.get(request_id) or {}))


def test_what_has_room_is_left_as_it_is() -> None:
    face = FaceResult("Grace Hopper", 0.1, (0, 0, 9, 9), 1.0, {"year": "1934"})
    assert bounded((face, face)) == ((face, face), None)
    assert bounded(()) == ((), None)
    # As DynamoDB counts it at the most: 3 bytes of UTF-8 are 6 of JSON.
    large = replace(face, attributes={"name": "中" * 2700})
    assert sum(kept.attributes is not None for kept in bounded((large,) * 50)[0]) == LARGEST_BYTES // (2700 * 6 + 11)


def test_an_id_can_be_what_people_are_enrolled_as(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,name\nGrace Hopper,Amazing Grace\n", encoding="utf-8")
    enroll_folder(office, GALLERY)
    assert set_info(office, path).set == ("Grace Hopper",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "neither a column id nor a column name"),
        ("who,year\nA,1\n", "neither a column id nor a column name; it has: who, year"),
        ("name,year\nA\n", "line 2: it has not as many fields"),
        ("name,year\nA,1,2\n", "line 2: it has not as many fields"),
        ("name,year\n,1\n", "line 2: it says neither id nor name"),
        ("name,year\na/b,1\n", "line 2: 'a/b' has a slash"),
        ("name,year\nA,1\nA,2\n", "line 3: 'A' was there before"),
        ("name,name\nA,1\n", "each column needs a name of its own"),
        ("name,cv\nA," + "x" * 9000 + "\n", "larger than 8192 bytes"),
        ('name,cv\n"A,1\n', "is not a CSV file"),
    ],
)
def test_files_that_cannot_be_read_change_nothing(office: Office, tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        set_info(office, path)
    assert office.people.changed_at() is None


def test_a_file_that_is_no_text(office: Office, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"name\n\xff\xfe\n")
    with pytest.raises(UsageError, match="is not UTF-8"):
        set_info(office, tmp_path / "people.csv")
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        set_info(office, tmp_path / "nobody.csv")
