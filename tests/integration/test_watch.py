"""``watch`` through its real entry point: images that appear one by one, and Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from src.pipeline.settings import PROJECT_ROOT
from tests.conftest import SAMPLES, Stack
from tests.integration.test_main_job import EXPECTED, client, records

NAMES = ["obama_small.jpg", "hopper_128px.png", "stranger.jpg", "no_face_rocket.jpg"]


def test_images_are_answered_as_they_appear_and_ctrl_c_ends_it_cleanly(stack: Stack, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    shutil.copy(SAMPLES / "biden_small.jpg", drop / "before.jpg")
    watching = subprocess.Popen(
        [sys.executable, "-m", "src.client", "watch", str(drop), "--out", str(tmp_path / "out")],
        cwd=PROJECT_ROOT,
        env=os.environ | {"FACELANE_DEPLOYMENT_FILE": str(stack.record), "FACELANE_RECOGNIZER": "dlib"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stderr is not None
    assert watching.stdout is not None
    for line in watching.stderr:
        if line.startswith("Watching"):
            assert "1 were there before" in line
            break
    shutil.copy(SAMPLES / NAMES[0], drop)
    assert watching.stdout.readline().startswith(f"{NAMES[0]}  Barack Obama  ")
    data = (SAMPLES / NAMES[1]).read_bytes()
    with (drop / NAMES[1]).open("wb", buffering=0) as slow:  # the upload of a slow camera
        slow.write(data[: len(data) // 2])
        time.sleep(1.5)
        slow.write(data[len(data) // 2 :])
    for name in NAMES[2:]:
        shutil.copy(SAMPLES / name, drop)
    watching.send_signal(signal.SIGINT)
    output, errors = watching.communicate(timeout=120)
    assert watching.returncode == 0, errors
    found = records(tmp_path / "out")
    assert {name: r["status"] for name, r in found.items()} == {name: EXPECTED[name]["status"] for name in NAMES}
    for name in NAMES[1:]:
        assert f"{name}  " in output
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["left_alone"] == 1


def test_a_folder_that_is_not_there_is_one_line_and_code_2(stack: Stack, tmp_path: Path) -> None:
    done = client(stack.record, tmp_path / "out", "--watch", str(tmp_path / "none"))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
