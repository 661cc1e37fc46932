"""What was forgotten or renamed is so in every file of out/, and nowhere between their lines either."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from src.aws.people.removal import answer_of
from src.client.appearances import write_appearances
from src.client.ledger import Ledger
from src.client.outputs import write_all
from src.client.refresh import refresh
from src.client.run import run_file
from src.client.video.names import frame_name
from src.pipeline.contracts import FaceResult, Response, Status
from src.pipeline.errors import UsageError

NAME = "Zebedee Quux"
FACE = FaceResult(NAME, 0.3, (0.0, 0.0, 50.0, 50.0), 0.99)


@pytest.fixture
def answered(tmp_path: Path) -> dict[str, Response]:
    """The answers of a run of a video's frames, each of which shows NAME."""
    ledger = Ledger(run_file(tmp_path, "r"))
    ledger.remember(run_id="r", folder=str(tmp_path), every_s="0.5", source="film.mp4")
    ledger.add([frame_name("film", Fraction(number, 2)) for number in range(40)])
    for frame in ledger.frames():
        ledger.upload_done(frame.request_id, seconds=0.1)
        ledger.answered(Response(frame.request_id, "r", frame.filename, Status.RECOGNIZED, (FACE,)))
    write_all(ledger, tmp_path, kind="aws", facts={"run_id": "r", "exec_type": "aws"})
    write_appearances(ledger, tmp_path)
    answers = {frame.request_id: answer_of(frame.request_id) for frame in ledger.frames()}
    ledger.close()
    return answers


def with_name(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and NAME.encode() in p.read_bytes())


def test_a_forgotten_name_is_in_no_file_any_more(answered: dict[str, Response], tmp_path: Path) -> None:
    assert {"appearances.json", "detections_aws.json", "r.sqlite"} <= set(with_name(tmp_path))
    assert refresh(tmp_path, answered) == 1
    assert with_name(tmp_path) == []


def test_appearances_follow_a_new_name(answered: dict[str, Response], tmp_path: Path) -> None:
    renamed = replace(FACE, name="Zoe Quux")
    answers = {i: Response(i, "r", "x.jpg", Status.RECOGNIZED, (renamed,)) for i in answered}
    refresh(tmp_path, answers)
    people = {one["person"] for one in json.loads((tmp_path / "appearances.json").read_text())["appearances"]}
    assert people == {"Zoe Quux"}


def test_a_damaged_run_file_keeps_no_other_from_following(answered: dict[str, Response], tmp_path: Path) -> None:
    run_file(tmp_path, "a").write_bytes(b"not a database")
    with pytest.raises(UsageError, match=r"a\.sqlite cannot be used"):
        refresh(tmp_path, answered)
    assert with_name(tmp_path) == []
