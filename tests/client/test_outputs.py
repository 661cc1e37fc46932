import json

import pytest

from src.client.__main__ import main
from src.client.ledger import Ledger
from src.client.outputs import replaced, statistics_of, write_all
from src.client.report_table import closing_line, nobody_line, table, troubles
from src.pipeline.contracts import FaceResult, Response, Status


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "r.sqlite")
    made.add(["ada.jpg", "empty.jpg", "lost.jpg", "bad\nname.jpg"])
    ada, empty, _, bad = made.frames()
    for frame, seconds in ((ada, 0.25), (empty, 0.5)):
        made.upload_begins(frame.request_id, at=10.0)
        made.upload_done(frame.request_id, seconds=seconds)
    face = FaceResult("Ada", 0.3, (0.0, 0.0, 9.0, 9.0), 0.99)
    timings = {"embed_s": 0.04, "cold_recognition": True, "end_to_end_s": 1.5}
    made.answered(Response(ada.request_id, "run", "?", Status.RECOGNIZED, (face,), "dlib", timings))
    made.answered(Response(empty.request_id, "run", "?", Status.NO_FACE, (), "dlib", {"end_to_end_s": 0.5}))
    made.answered(Response(bad.request_id, "run", "?", Status.FAILED, error="it broke"))
    yield made
    made.close()


def test_files_hold_one_record_per_frame_upload_times_and_a_summary(ledger, tmp_path):
    write_all(ledger, tmp_path / "out", kind="aws", facts={"run_id": "run", "skipped_files": 3, "seconds": 2.0})
    records = json.loads((tmp_path / "out/detections_aws.json").read_text())
    assert [r["status"] for r in records] == ["recognized", "no_face", "missing", "failed"]
    assert (records[0]["filename"], records[0]["result"], records[0]["timings"]["upload_s"]) == ("ada.jpg", "Ada", 0.25)
    times = json.loads((tmp_path / "out/detections_aws_transfer_time.json").read_text())
    assert times == {"ada.jpg": 0.25, "empty.jpg": 0.5}
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["status"] == {"recognized": 1, "unknown": 0, "no_face": 1, "invalid": 0, "failed": 1}
    assert (summary["missing"], summary["frames"], summary["model"], summary["run_id"]) == (1, 4, "dlib", "run")
    assert summary["cold_starts"] == {"cold_detection": 0, "cold_recognition": 1}
    assert summary["stages"]["end_to_end_s"]["p50"] == 0.5
    assert summary["stages"]["end_to_end_s"]["p95"] == 1.5
    assert list((tmp_path / "out").glob(".*")) == []


def test_a_run_of_nothing_still_writes_valid_files(tmp_path):
    empty = Ledger(tmp_path / "e.sqlite")
    write_all(empty, tmp_path, kind="aws", facts={})
    empty.close()
    assert json.loads((tmp_path / "detections_aws.json").read_text()) == []
    assert json.loads((tmp_path / "detections_aws_transfer_time.json").read_text()) == {}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "f.json"
    path.write_text("before")
    with pytest.raises(RuntimeError), replaced(path) as file:
        file.write("half")
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_percentiles_are_values_that_occurred():
    stats = statistics_of([float(n) for n in range(1, 101)])
    assert (stats["p50"], stats["p95"], stats["p99"], stats["mean"], stats["max"]) == (50, 95, 99, 50.5, 100)
    assert statistics_of([7.0])["p99"] == 7.0


def test_what_is_printed_shows_each_frame_on_one_line_and_names_what_went_wrong(ledger):
    lines = list(table(ledger))
    assert lines[0].split() == ["frame", "status", "names", "seconds"]
    assert lines[1].split() == ["ada.jpg", "recognized", "Ada", "1.50"]
    assert len(lines) == 5
    wrong = list(troubles(ledger))
    assert wrong == ["lost.jpg: missing: it was not uploaded", "bad�name.jpg: failed: it broke"]


def test_the_closing_line_counts():
    summary = {
        "frames": 3,
        "seconds": 1.25,
        "model": "dlib",
        "status": {"recognized": 2, "failed": 0},
        "missing": 1,
        "skipped_files": 4,
    }
    assert closing_line(summary) == "3 frames in 1.2 s with dlib: 2 recognized, 1 missing; other files skipped: 4"


def test_an_empty_gallery_is_said_once_for_all_faces(ledger, tmp_path):
    assert nobody_line(ledger) is None  # somebody was compared with
    none = Ledger(tmp_path / "none.sqlite")
    none.add(["a.jpg", "b.jpg"])
    assert nobody_line(none) is None  # no face
    face = FaceResult("unknown", None, (0.0, 0.0, 9.0, 9.0), 0.99)
    for frame in none.frames():
        none.answered(Response(frame.request_id, "run", "?", Status.UNKNOWN, (face,), "dlib"))
    assert "Nobody is enrolled" in str(nobody_line(none))
    none.close()


def test_a_deep_path_does_not_push_the_table_off_the_screen(tmp_path):
    made = Ledger(tmp_path / "deep.sqlite")
    made.add(["/".join(["folder"] * 200) + "/ada.jpg", "b.jpg"])
    lines = list(table(made))
    made.close()
    assert max(map(len, lines)) < 120
    assert "/ada.jpg" in lines[1]


def test_an_endpoint_where_nothing_is_recorded_is_not_taken_for_this_machine(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FACELANE_DEPLOYMENT_FILE", str(tmp_path / "none.json"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"")
    flags = ["--input", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--endpoint-url", "http://127.0.0.1:9"]
    assert main(flags) == 2
    assert "Nothing is recorded as deployed at http://127.0.0.1:9." in capsys.readouterr().err
