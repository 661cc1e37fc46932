"""The report without a browser: what is read, what is written, what is refused."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from PIL import Image

from src.client.report.appearances import Appearance, timeline_of
from src.client.report.command import main as report
from src.client.report.data import page_data
from src.client.report.page import inert
from src.client.report.source import Shot, ShownRun, open_run
from src.client.report.thumbnails import MOST_BYTES, SIDES, SMALLEST, Thumbnails, side_for
from src.pipeline.contracts import FaceResult
from src.pipeline.settings import PROJECT_ROOT, Settings
from tests.client.report_run import EVIL, ROWS, write_appearances, write_frames, write_run


@pytest.fixture
def out(tmp_path):
    made = tmp_path / "out"
    write_run(made, ROWS, frames=write_frames(tmp_path / "frames", ROWS))
    return made


def blocks(page: str) -> dict[str, object]:
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', page)
    return {name: json.loads(text) for name, text in found}


def test_the_command_writes_one_page_and_says_how_large(out):
    done = subprocess.run(
        [sys.executable, "-m", "src.client", "report", "--out", str(out)],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.fullmatch(rf"{out}/report\.html: 10 frames, 10 pictures of 640 px, 0\.\d MB\n", done.stdout)
    assert done.stderr == ""


def test_the_page_is_one_file_that_loads_nothing_and_holds_no_name_as_html(out, tmp_path):
    assert report(["--out", str(out)]) == 0
    page = (out / "report.html").read_text()
    assert not re.search(r"""(?:src|href)=["'](?!#)|https?://|@import|url\(""", page)
    assert EVIL not in page and "<img" not in page
    assert page.count("<script") == page.count("</script>") == len(blocks(page)) + 1
    assert str(tmp_path) not in page, "the page may be passed on: no path of this machine is in it"


@pytest.mark.parametrize("text", [EVIL, "</script><b>", "<!--", "]]>", "\u2028", "&lt;", "\udcff", '"\\'])
def test_inert_json_holds_nothing_that_html_knows(text):
    assert not set("<>&") & set(inert([text]))
    assert inert([text]).isascii()
    assert json.loads(inert([text])) == [text]


def test_a_run_is_found_by_folder_by_file_and_by_id(out):
    shots = open_run(None, out).shots
    assert [shot.status for shot in shots] == [row[1] for row in ROWS]
    for run in (str(out), str(out / "runs" / "run-1.sqlite"), "run-1"):
        assert open_run(run, out).shots == shots, run


def test_an_earlier_run_can_be_shown(out, tmp_path):
    write_run(out, ROWS[:2], frames=tmp_path / "frames", run_id="run-2")
    assert len(open_run(None, out).shots) == 2
    assert len(open_run("run-1", out).shots) == len(ROWS)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda out: (out / "summary.json").unlink(), "There are no results in"),
        (lambda out: (out / "summary.json").write_text("[]"), "is not the summary of a run"),
        (lambda out: (out / "summary.json").write_text("{"), "is not readable JSON"),
        (lambda out: (out / "detections_aws.json").unlink(), "detections_aws.json cannot be read"),
        (lambda out: (out / "detections_aws.json").write_bytes(b"\xff"), "is not readable JSON"),
        (lambda out: (out / "detections_aws.json").write_text("{}"), "is not a list of records"),
        (lambda out: (out / "detections_aws.json").write_text('[{"status": "missing"}, 3]'), "record 2 cannot be used"),
        (lambda out: (out / "detections_aws.json").write_text('[{"filename": "a"}]'), "record 1 cannot be used"),
    ],
)
def test_damaged_results_are_one_clear_line(damage, says, out, capsys):
    damage(out)
    assert report(["--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert says in said and len(said.strip().splitlines()) == 1
    assert not (out / "report.html").exists()


@pytest.mark.parametrize("run", ["no-such-run", "no/such/folder", "Makefile"])
def test_no_such_run_is_one_clear_line(run, out, capsys):
    assert report([run, "--out", str(out)]) == 2
    assert run in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_one_clear_line(out, capsys):
    (out / "report.html").mkdir()
    assert report(["--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "report.html cannot be written" in said and len(said.strip().splitlines()) == 1


def test_frames_that_are_not_there_are_placeholders_and_said(out, tmp_path, capsys):
    (tmp_path / "frames").rename(tmp_path / "moved")
    assert report(["--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "no pictures" in said.out and "--input FOLDER says where they are" in said.err
    assert report(["--out", str(out), "--input", str(tmp_path / "moved")]) == 0
    assert "10 pictures" in capsys.readouterr().out
    assert report(["--out", str(out), "--input", str(tmp_path / "nowhere")]) == 2


def test_results_from_before_the_folder_was_recorded_are_shown(out):
    summary = json.loads((out / "summary.json").read_text())
    del summary["input"], summary["stages"]
    (out / "summary.json").write_text(json.dumps(summary))
    assert report(["--out", str(out)]) == 0


def test_a_summary_with_odd_values_is_shown_without_them(out):
    odd = {"seconds": float("nan"), "frames_per_s": "fast", "skipped_files": [1], "model": 3, "exec_type": None}
    summary = json.loads((out / "summary.json").read_text()) | odd
    (out / "summary.json").write_text(json.dumps(summary))
    assert report(["--out", str(out)]) == 0
    facts = blocks((out / "report.html").read_text())["data"]["run"]
    assert [facts[name] for name in odd] == [None] * len(odd)


def test_pictures_are_small_and_without_what_the_originals_carry(out, tmp_path):
    Image.new("RGB", (3000, 2000), "teal").save(tmp_path / "frames" / "a1.jpg", comment=b"taken at home")
    thumbnails = Thumbnails.of(open_run(None, out), Settings())
    assert thumbnails.count == len(ROWS)
    assert thumbnails.pictures[0].size == (3000, 2000)
    assert len(thumbnails.pictures[0].jpeg) < 8000
    assert report(["--out", str(out)]) == 0
    assert "dGFrZW4" not in (out / "report.html").read_text()


def test_no_file_outside_of_the_folder_is_shown(out, tmp_path):
    write_frames(tmp_path, [("secret.jpg", "no_face", [], None, 1.0)])
    records = json.loads((out / "detections_aws.json").read_text())
    records[0]["filename"], records[1]["filename"] = "../secret.jpg", str(tmp_path / "secret.jpg")
    (out / "detections_aws.json").write_text(json.dumps(records))
    pictures = Thumbnails.of(open_run(None, out), Settings()).pictures
    assert pictures[:2] == (None, None) and pictures[2] is not None


def test_more_frames_get_smaller_pictures():
    sides = [side_for(frames) for frames in (1, 200, 600, 1500, 5000, 10**6)]
    assert sides == [side for _, side in SIDES] + [SMALLEST, SMALLEST]


def test_pictures_end_where_the_page_is_large_enough(out, monkeypatch, capsys):
    monkeypatch.setattr("src.client.report.thumbnails.MOST_BYTES", 6000)
    assert report(["--out", str(out)]) == 0
    said = capsys.readouterr()
    assert re.search(r"10 frames, [1-9] pictures", said.out) and "placeholders" in said.err
    assert MOST_BYTES > 6000


def test_appearances_end_where_a_frame_lacks_the_person():
    def shot(**distances: float) -> Shot:
        return Shot("f", "recognized", tuple(FaceResult(n, d, (0, 0, 9, 9), 1.0) for n, d in distances.items()))

    shots = (shot(ada=0.3), shot(ada=0.2, bob=0.1), shot(), shot(ada=0.4), shot(bob=0.2))
    timeline = timeline_of(ShownRun(shots, {}, None, None))
    assert (timeline.unit, timeline.length) == ("frame", 5)
    assert {name: list(person.appearances) for name, person in timeline.people.items()} == {
        "ada": [Appearance(0, 2, 2, 1), Appearance(3, 4, 1, 3)],
        "bob": [Appearance(1, 2, 1, 1), Appearance(4, 5, 1, 4)],
    }
    assert [person.best for person in timeline.people.values()] == [1, 1]


def test_the_appearances_of_a_video_are_taken_as_they_were_found(out):
    told = write_appearances(out)
    timeline = timeline_of(open_run(None, out))
    assert (timeline.unit, timeline.length) == ("second", 5.0)
    assert timeline.people["Ada"].appearances == (Appearance(0.0, 2.0, 3, 1, 0.9),)
    assert timeline.people["unknown"].appearances == ()
    (out / "appearances.json").write_text(json.dumps(told | {"run_id": "another"}))
    assert timeline_of(open_run(None, out)).unit == "frame"


@pytest.mark.parametrize(
    "damage",
    [
        [],
        {"run_id": "run-1"},
        {"run_id": "run-1", "every_s": float("nan"), "appearances": []},
        {"run_id": "run-1", "every_s": 10**400, "appearances": []},
        {"run_id": "run-1", "every_s": 1, "appearances": [3]},
    ],
)
def test_damaged_appearances_are_one_clear_line(damage, out, capsys):
    (out / "appearances.json").write_text(json.dumps(damage))
    assert report(["--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "appearances.json is not of the agreed form" in said and len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("video", "title"),
    [
        ({"source": "/home/me/lobby.mp4"}, "lobby.mp4"),
        ({"source": "rtsp://me:secret@10.0.0.9:554/door"}, "10.0.0.9"),
        ({"source": "0"}, "0"),
        ({"source": "rtsp://[bad"}, "frames"),
        ("?", "frames"),
        (None, "frames"),
    ],
)
def test_the_title_tells_neither_path_nor_password(video, title, out):
    run = open_run(None, out)
    facts = page_data(replace(run, summary={**run.summary, "video": video}), Thumbnails.of(run, Settings()))["run"]
    assert facts["title"] == title
