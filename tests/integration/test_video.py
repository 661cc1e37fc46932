"""``--video`` through its real entry point: a film of the sample photos, told who is in it and when."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

from src.client.video.names import time_in
from src.pipeline.settings import PROJECT_ROOT
from src.pipeline.stores import Connection, ObjectStore
from tests.conftest import Stack
from tests.films import STORY, photo, story, write_film
from tests.integration.test_main_job import client, records


def names_at(time_s: float) -> list[str]:
    return next(names for _, begin, end, names in STORY if begin <= time_s < end)


@pytest.fixture(scope="module")
def film_run(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("film")
    film = write_film(folder / "lobby.mp4", story(), rate=20)
    return folder / "out", client(stack.record, folder / "out", "--video", str(film), "--keep-video")


def test_every_half_second_has_its_names(film_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, done = film_run
    assert done.returncode == 0, done.stderr
    found = records(out)
    assert sorted(time_in(name) for name in found) == [n / 2 for n in range(12)]
    said = {time_in(name): [face["name"] for face in record["faces"]] for name, record in found.items()}
    assert said == {time_s: names_at(time_s) for time_s in said}


def test_each_recognition_is_printed_with_its_time(film_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, done = film_run
    lines = [line for line in done.stdout.splitlines() if re.match(r"0:00:0\d\.\d00  .* \d+\.\d\d s$", line)]
    assert len(lines) == 12
    for line in lines:
        when, names, _ = line.split("  ")
        expected = names_at(float(when.split(":")[-1]))
        assert names == (", ".join(expected) or "no face")
    assert "12 frames picked, 12 sent" in done.stdout
    video = json.loads((out / "summary.json").read_text())["video"]
    assert (video["picked"], video["sent"], video["dropped"], video["empty_slots"]) == (12, 12, 0, 0)
    assert (video["every_s"], video["seconds"], video["gaps"], video["notices"]) == (0.5, 6.0, [], [])


def test_each_person_s_appearance_has_its_times(film_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, done = film_run
    written = json.loads((out / "appearances.json").read_text())
    found = [(a["person"], a["from_s"], a["to_s"], a["frames"]) for a in written["appearances"]]
    wanted = [(names[0], begin, end - 0.5, round((end - begin) * 2)) for _, begin, end, names in STORY if names]
    assert found == wanted
    assert written["every_s"] == 0.5
    assert "0:00:00.000 to 0:00:01.500  Barack Obama  4 frames, confidence 1.00" in done.stdout


def test_the_video_itself_is_in_the_bucket(
    film_run: tuple[Path, subprocess.CompletedProcess[str]], stack: Stack, tmp_path: Path
) -> None:
    out, done = film_run
    (url,) = json.loads((out / "summary.json").read_text())["video"]["kept"]
    assert f"The video is in {url}" in done.stdout
    bucket, key = url.removeprefix("s3://").split("/", 1)
    assert key.startswith("videos/")
    kept = tmp_path / "kept.mp4"
    kept.write_bytes(ObjectStore(Connection(stack.settings), bucket).get(key))
    with av.open(str(kept)) as video:
        assert sum(1 for _ in video.decode(video=0)) == 120


def test_what_does_not_change_is_left_out_when_asked(stack: Stack, tmp_path: Path) -> None:
    film = write_film(tmp_path / "lobby.mkv", story(), rate=20)
    done = client(stack.record, tmp_path / "out", "--video", str(film), "--changed-only", "--every", "0.25")
    assert done.returncode == 0, done.stderr
    assert sorted(time_in(name) for name in records(tmp_path / "out")) == [begin for _, begin, _, _ in STORY]
    assert "24 frames picked, 4 sent, 20 unchanged" in done.stdout


def started(stack: Stack, out: Path, *flags: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "src.client", "--out", str(out), *flags],
        cwd=PROJECT_ROOT,
        env=os.environ | {"FACELANE_DEPLOYMENT_FILE": str(stack.record), "FACELANE_RECOGNIZER": "dlib"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "minute.mp4", [photo("obama_small.jpg")] * 25 * 60)


def test_ctrl_c_ends_the_recording_and_every_frame_is_answered(stack: Stack, minute: Path, tmp_path: Path) -> None:
    recording = started(stack, tmp_path / "out", "--video", str(minute), "--realtime")
    assert recording.stdout is not None
    first = recording.stdout.readline()
    time.sleep(1)
    recording.send_signal(signal.SIGINT)
    rest, errors = recording.communicate(timeout=120)
    assert recording.returncode == 0, errors
    assert "Barack Obama" in first
    found = records(tmp_path / "out")
    assert 3 <= len(found) < 110  # of 120: it was ended early, however slow the machine
    assert {record["status"] for record in found.values()} == {"recognized"}
    assert (first + rest).count("  Barack Obama  ") >= len(found)


def test_a_recording_that_was_killed_is_resumed_and_loses_nothing(stack: Stack, minute: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    recording = started(stack, out, "--video", str(minute), "--realtime")
    assert recording.stdout is not None
    recording.stdout.readline()
    recording.kill()
    recording.communicate(timeout=120)
    (run,) = out.glob("runs/*.sqlite")
    done = client(stack.record, out, "--resume", str(run))
    assert done.returncode == 0, done.stderr
    found = records(out)
    captured = {path.name for path in run.with_suffix("").iterdir()}
    assert len(captured - set(found)) <= 1  # one may have been on its way to disk
    assert {record["status"] for record in found.values()} == {"recognized"}
    (appearance,) = json.loads((out / "appearances.json").read_text())["appearances"]
    assert (appearance["person"], appearance["frames"]) == ("Barack Obama", len(found))


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--video", "none.mp4"], "The video none.mp4 does not exist."),
        (["--video", "README.md"], "The video README.md cannot be opened"),
        (["--video", "README.md", "--keep-video", "--exec-type", "local"], "--keep-video"),
        (["--video", "a.mp4", "--input", "."], "Give one of"),
    ],
)
def test_wrong_use_of_video_is_one_line_and_code_2(flags: list[str], says: str, stack: Stack, tmp_path: Path) -> None:
    done = client(stack.record, tmp_path / "out", *flags)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
