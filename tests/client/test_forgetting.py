"""What the client made of frames that are to be forgotten is removed; what is somebody's own is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.aws.people.removal import answer_of
from src.client.forgetting import forget_files
from src.client.ledger import Frame, Ledger
from src.client.run import run_file
from src.pipeline.contracts import Response, Status
from src.pipeline.errors import OutputError


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    """The run of a video of three frames, the last of which is not answered yet; gives the folder of its frames."""
    ledger = Ledger(run_file(tmp_path, "r"))
    folder = ledger.path.with_suffix("")
    (folder / "sub").mkdir(parents=True)
    ledger.remember(run_id="r", folder=str(folder))
    for name in ("a.jpg", "sub/b.png", "c.jpg"):
        (folder / name).write_bytes(b"picture")
        frame = ledger.add_one(name)
        if name != "c.jpg":
            ledger.answered(Response(frame.request_id, "r", name, Status.NO_FACE))
    ledger.close()
    return folder


def test_only_the_frames_that_are_meant_go(captured: Path, tmp_path: Path) -> None:
    annotated = tmp_path / "annotated" / "sub" / "b.png.jpg"
    annotated.parent.mkdir(parents=True)
    annotated.touch()
    done = forget_files(tmp_path, lambda frame, run_id: (frame.filename, run_id) == ("sub/b.png", "r"))
    assert (len(done.ids), done.removed["captured here"], done.removed["annotated here"]) == (1, 1, 1)
    assert sorted(path.name for path in captured.rglob("*.*")) == ["a.jpg", "c.jpg"]
    assert not annotated.exists()
    assert done.may_show == [f"{captured}: captured frames, 1 of them without an answer"]


def test_a_run_goes_as_a_whole_and_leaves_no_folder(captured: Path, tmp_path: Path) -> None:
    (captured / "sub" / "b.png").rename(captured / "b.png")
    (captured / "sub").rmdir()
    (captured / "b.png").unlink()
    done = forget_files(tmp_path, lambda frame, run_id: run_id == "r")
    assert (done.removed["captured here"], done.may_show, captured.exists()) == (2, [], False)


def test_a_report_goes_only_where_it_shows_them(captured: Path, tmp_path: Path) -> None:
    report, ids = tmp_path / "report.html", []

    def first(frame: Frame, run_id: str) -> bool:
        ids.append(frame.request_id)
        return frame.filename == "a.jpg"

    report.write_text('["0123456789abcdef0123456789abcdef"]')
    assert forget_files(tmp_path, first).removed["reports here"] == 0
    report.write_text(f'[1,"{ids[0]}"]')
    assert forget_files(tmp_path, first).removed["reports here"] == 1
    assert not report.exists()


def test_a_name_that_leads_out_of_the_folder_is_let_be(tmp_path: Path) -> None:
    outside = tmp_path / "mine.jpg"
    outside.touch()
    ledger = Ledger(run_file(tmp_path, "r"))
    ledger.remember(run_id="r", folder=str(tmp_path / "photos"))
    ledger.add(["../../mine.jpg", str(outside)])
    ledger.close()
    assert forget_files(tmp_path, lambda *_: True).removed.total() == 0
    assert outside.exists()


def test_a_damaged_run_file_is_named(captured: Path, tmp_path: Path) -> None:
    run_file(tmp_path, "bad").write_bytes(b"not a database")
    done = forget_files(tmp_path, lambda *_: True)
    assert done.removed["captured here"] == 3
    assert "bad.sqlite cannot be used" in done.may_show[0]


def test_what_cannot_be_removed_is_an_error(captured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(OutputError, match=r"a\.jpg cannot be removed: Permission denied"):
        forget_files(tmp_path, lambda *_: True)


def test_a_forgotten_frame_is_not_asked_for_again(captured: Path, tmp_path: Path) -> None:
    ledger = Ledger(run_file(tmp_path, "r"))
    a, b, _ = ledger.frames()
    ledger.correct(answer_of(a.request_id))
    ledger.correct(Response(b.request_id, "r", b.filename, Status.FAILED, error="gave up"))
    assert [frame.request_id for frame in ledger.failed()] == [b.request_id]
    ledger.close()


def test_captured_frames_that_were_forgotten_from_another_machine_go(captured: Path, tmp_path: Path) -> None:
    ledger = Ledger(run_file(tmp_path, "r"))
    a, _, c = ledger.frames()
    ledger.answered(answer_of(c.request_id))
    ledger.close()
    nobody = forget_files(tmp_path, lambda *_: False, dry_run=True)
    assert (nobody.ids, nobody.behind, (captured / "c.jpg").exists()) == (set(), {"r"}, True)
    done = forget_files(tmp_path, lambda frame, run_id: frame.request_id == a.request_id)
    assert (done.ids, done.removed["captured here"], done.may_show) == ({a.request_id}, 2, [])
    assert [path.name for path in captured.rglob("*.*")] == ["b.png"]
    assert not forget_files(tmp_path, lambda *_: False, dry_run=True).behind
