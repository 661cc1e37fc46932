"""A run in which every frame is answered is resumed without a deployment: its files are written again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from src.client.__main__ import main
from src.client.answered import all_answered
from src.client.ledger import Ledger
from src.client.outputs import write_all
from src.client.run import run_file
from src.pipeline.contracts import FaceResult, Response, Status

FILES = ("detections_aws.json", "detections_aws_transfer_time.json", "summary.json")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(run_file(tmp_path / "out", "r"))
    made.remember(run_id="r", folder=str(tmp_path), skipped="2")
    made.add(["a.jpg", "b.jpg"])
    face = FaceResult("Ada Lovelace", 0.3, (0.0, 0.0, 50.0, 50.0), 0.99)
    for frame in made.frames():
        made.upload_done(frame.request_id, seconds=0.1)
        made.answered(Response(frame.request_id, "r", frame.filename, Status.RECOGNIZED, (face,), "dlib"))
    return made


def resumed(out: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("FACELANE_DEPLOYMENT_FILE", str(out / "nothing" / "deployment.json"))
    return main(["--resume", str(run_file(out, "r")), "--out", str(out)])


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_its_files_are_written_again_and_nothing_is_started(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.close()
    out = tmp_path / "out"
    assert resumed(out, monkeypatch) == 0
    said = capsys.readouterr()
    assert said.err == "Every frame of this run is answered: its files are written again, nothing is sent.\n"
    assert "2 frames" in said.out and "Ada Lovelace" in said.out
    assert [record["filename"] for record in read(out / "detections_aws.json")] == ["a.jpg", "b.jpg"]
    assert {name for name in FILES if (out / name).is_file()} == set(FILES)
    summary = read(out / "summary.json")
    assert (summary["model"], summary["skipped_files"], summary["frames_per_s"]) == ("dlib", 2, None)


def test_what_its_summary_said_of_it_stays(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    facts = {
        "run_id": "r",
        "exec_type": "local",
        "model": "dlib",
        "skipped_files": 0,
        "seconds": 4.2,
        "video": {"x": 1},
    }
    before = write_all(ledger, out, kind="local", facts=facts)
    ledger.close()
    (out / "detections_local.json").unlink()
    assert resumed(out, monkeypatch) == 0
    assert read(out / "summary.json") == before
    assert len(read(out / "detections_local.json")) == 2
    assert not (out / "detections_aws.json").exists()


def test_a_missing_or_failed_frame_is_no_answer_to_rest_on(ledger: Ledger) -> None:
    assert all_answered(ledger)
    late = ledger.add_one("c.jpg")
    assert not all_answered(ledger)
    ledger.answered(Response(late.request_id, "r", "c.jpg", Status.FAILED, error="gave up"))
    assert not all_answered(ledger)
    ledger.close()
