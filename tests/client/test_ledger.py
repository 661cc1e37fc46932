import shutil
import sqlite3
import threading

import pytest

from src.client.__main__ import main
from src.client.ledger import Ledger
from src.pipeline.contracts import Response, Status
from src.pipeline.errors import UsageError


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "runs" / "r.sqlite")
    yield made
    made.close()


def answer(request_id: str, status: Status = Status.NO_FACE, **fields) -> Response:
    return Response(request_id, "run", "x.jpg", status, **fields)


def test_a_frame_goes_from_listed_to_uploaded_to_answered(ledger):
    ledger.add(["a.jpg", "b.jpg"])
    first, second = ledger.to_upload()
    ledger.upload_begins(first.request_id, at=100.0)
    assert [f.filename for f in ledger.to_upload()] == ["a.jpg", "b.jpg"], "an upload that only began is done again"
    ledger.upload_done(first.request_id, seconds=0.5)
    assert [f.filename for f in ledger.to_upload()] == ["b.jpg"]
    assert [f.filename for f in ledger.waiting()] == ["a.jpg"]
    assert ledger.answered(answer(first.request_id))
    assert ledger.waiting() == []
    assert ledger.counts() == {"no_face": 1, "total": 2, "uploaded": 1, "missing": 1}
    assert second.request_id != first.request_id


def test_the_first_answer_stays_but_a_real_one_replaces_failed(ledger):
    ledger.add(["a.jpg"])
    (frame,) = ledger.frames()
    assert ledger.answered(answer(frame.request_id, Status.FAILED, error="broke"))
    assert not ledger.answered(answer(frame.request_id, Status.FAILED, error="broke again"))
    assert ledger.answered(answer(frame.request_id, Status.UNKNOWN))
    assert not ledger.answered(answer(frame.request_id, Status.NO_FACE))
    assert not ledger.answered(answer(frame.request_id, Status.FAILED))
    assert next(ledger.frames()).answer["status"] == "unknown"


def test_an_answer_of_another_run_changes_nothing(ledger):
    ledger.add(["a.jpg"])
    assert not ledger.answered(answer("somebody-elses"))
    assert ledger.counts()["missing"] == 1


def test_it_is_all_there_when_opened_again(ledger):
    ledger.add(["a.jpg", "latin-\udce9.jpg"])
    ledger.remember(run_id="r1", folder="/f")
    ids = [f.request_id for f in ledger.frames()]
    ledger.close()
    again = Ledger(ledger.path)
    assert [(f.request_id, f.filename) for f in again.frames()] == list(
        zip(ids, ["a.jpg", "latin-\udce9.jpg"], strict=True)
    )
    assert (again.recall("run_id"), again.recall("nothing")) == ("r1", None)
    again.close()


def test_pages_cover_every_frame_once_while_others_write(ledger):
    ledger.add(f"{n}.jpg" for n in range(2500))
    writers = [
        threading.Thread(target=lambda p=part: [ledger.upload_done(f.request_id, seconds=1) for f in p])
        for part in (list(ledger.frames())[:900], list(ledger.frames())[900:1800])
    ]
    for writer in writers:
        writer.start()
    assert [f.filename for f in ledger.frames()] == [f"{n}.jpg" for n in range(2500)]
    for writer in writers:
        writer.join()
    assert len(list(ledger.to_upload())) == 700
    assert len(ledger.waiting(limit=600)) == 600


def test_a_file_that_is_no_run_file_is_named(tmp_path):
    (tmp_path / "x.sqlite").write_text("this is not a database, it only has the name of one" * 10)
    with pytest.raises(UsageError, match=r"x\.sqlite cannot be used"):
        Ledger(tmp_path / "x.sqlite")


@pytest.mark.parametrize("damage", ["pages", "answer", "fields", "skipped"])
@pytest.mark.parametrize("command", ["--resume", "report"])
def test_a_damaged_run_file_is_one_line(ledger, tmp_path, capsys, damage, command):
    ledger.add([f"{number}.jpg" for number in range(300)])
    ledger.remember(run_id="r", folder=str(tmp_path), skipped="many" if damage == "skipped" else "0")
    ledger.settle()
    ledger.close()
    path = shutil.copy(ledger.path, tmp_path / "damaged.sqlite")
    if damage == "pages":
        data = bytearray(path.read_bytes())
        data[4096:] = bytes(byte ^ 0x5A for byte in data[4096:])
        path.write_bytes(data)
    elif damage != "skipped":
        with sqlite3.connect(path) as db:
            db.execute("UPDATE frames SET status = 'failed', answer = ?", ("{oops" if damage == "answer" else "{}",))
        db.close()
    elif command == "report":
        return  # it does not ask
    assert main([command, str(path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.strip()
    assert str(path) in said
    assert len(said.splitlines()) == 1


def test_somebody_elses_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "bookmarks.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"bookmarks\.sqlite cannot be used"):
        Ledger(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["bookmarks.sqlite"]
