"""Attributes of people: read from CSV, kept in the table, carried by results."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.aws.people.enrolling import enroll_folder
from src.aws.people.info import set_info
from src.aws.people.office import Office
from src.pipeline.attributes import ServingAttributes
from src.pipeline.contracts import FaceResult
from src.pipeline.errors import UsageError
from tests.conftest import GALLERY

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
