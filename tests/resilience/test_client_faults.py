"""What a client survives: a full disk, Ctrl-C, a kill, a lost event, a deployment that is gone."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import deployment_of, down
from src.aws.resource import ensure
from src.pipeline.deployment import Deployment
from src.pipeline.settings import PROJECT_ROOT, Settings
from src.pipeline.stores import Connection, Queue
from tests.conftest import SAMPLES, Stack
from tests.integration.test_main_job import client, records


def start(record: Path, *flags: str, **how: object) -> subprocess.Popen[str]:
    # Coverage would write its own file at the end of a process that may write no more, and say so on stderr.
    full = "preexec_fn" in how
    environment = {name: value for name, value in os.environ.items() if not (full and name.startswith("COVERAGE_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "src.client", *flags],
        cwd=PROJECT_ROOT, env=environment | {"FACELANE_DEPLOYMENT_FILE": str(record)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how,
    )  # fmt: skip


def some(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        shutil.copy(SAMPLES / "no_face_rocket.jpg", folder / f"{number:04d}.jpg")
    return folder


def run_file(out: Path) -> Path:
    (found,) = (out / "runs").glob("*.sqlite")
    return found


@pytest.fixture(scope="module")
def deaf(embedded: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, Path]]:
    """A deployment without functions: what is sent there stays where it is."""
    settings = embedded.settings(Settings.load({}, prefix="deaf", recognizer="dlib"))
    account = Account(settings)
    parts = [blueprint.bucket(account), *blueprint.queues(account), blueprint.table(account)]
    for part in (*parts, blueprint.triggers(account)[-1]):
        ensure(account, part)
    record = tmp_path_factory.mktemp("deaf") / "deployment.json"
    deployment = deployment_of(account)
    deployment.save(record)
    purge(deployment, 1)  # S3's test event
    yield deployment, record
    assert down(settings) == []


def purge(deployment: Deployment, count: int) -> None:
    """Empty the frame queue once so many messages are there: S3's events come a moment after what they tell of."""
    queue = Queue(Connection(deployment.settings(Settings.load({}))), deployment.frame_queue_url)
    until = time.monotonic() + 60
    while queue.depth() < count and time.monotonic() < until:
        time.sleep(0.05)
    assert queue.depth() == count
    queue.purge()


def test_each_missing_frame_is_named_with_the_queue_it_is_in(deaf: tuple[Deployment, Path], tmp_path: Path) -> None:
    done = client(deaf[1], tmp_path / "out", "--input", str(some(tmp_path / "in", 2)), "--timeout", "3")
    purge(deaf[0], 2)
    assert done.returncode == 1
    assert "0000.jpg: missing: it is in deaf-frame-queue (2 waiting or being worked on)" in done.stderr
    assert f"--resume {run_file(tmp_path / 'out')}" in done.stderr
    assert {r["status"] for r in records(tmp_path / "out").values()} == {"missing"}


def test_a_frame_that_is_nowhere_is_said_to_be_and_uploaded_again(
    deaf: tuple[Deployment, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    client(deaf[1], out, "--input", str(some(tmp_path / "in", 2)), "--timeout", "1")
    purge(deaf[0], 2)
    done = client(deaf[1], out, "--resume", str(run_file(out)), "--timeout", "3")
    purge(deaf[0], 2)
    assert "it is in deaf-frame-queue (2 waiting" in done.stderr, "uploaded again"


def test_ctrl_c_leaves_usable_files_and_a_run_to_resume(deaf: tuple[Deployment, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(deaf[1], "--input", str(some(tmp_path / "in", 3)), "--out", str(out))
    until = time.monotonic() + 120
    while time.monotonic() < until and _uploaded(out) < 3:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert len(json.loads((out / "detections_aws.json").read_text())) == 3
    assert json.loads((out / "summary.json").read_text())["missing"] == 3
    assert client(deaf[1], out, "--resume", str(run_file(out)), "--timeout", "1").returncode == 1


def _uploaded(out: Path) -> int:
    try:
        with sqlite3.connect(run_file(out)) as run:
            return int(run.execute("SELECT COUNT(*) FROM frames WHERE upload_s IS NOT NULL").fetchone()[0])
    except (ValueError, sqlite3.Error):
        return 0


def test_killed_and_resumed_each_frame_is_answered_once(stack: Stack, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(stack.record, "--input", str(some(tmp_path / "in", 40)), "--out", str(out), "--concurrency", "2")
    until = time.monotonic() + 120
    while time.monotonic() < until and _uploaded(out) < 10:
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=120)
    done = client(stack.record, out, "--resume", str(run_file(out)))
    assert done.returncode == 0, done.stderr
    assert {r["status"] for r in records(out).values()} == {"no_face"}
    assert len(records(out)) == 40


@pytest.mark.parametrize("room", [20_000, 60_000, 120_000])
def test_a_full_disk_is_one_clear_line_and_the_run_goes_on_where_there_is_room(
    room: int, stack: Stack, tmp_path: Path
) -> None:
    """A limit on the size of any file stands in for a full disk: both end in a write that does not succeed."""
    out = tmp_path / "out"
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))  # noqa: E731
    process = start(
        stack.record, "--input", str(some(tmp_path / "in", 60)), "--out", str(out), preexec_fn=limit
    )  # fmt: skip
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert "Traceback" not in said
    assert f"{out}" in said
    assert "Make room." in said
    if "--resume" in said:
        done = client(stack.record, out, "--resume", str(run_file(out)))
        assert done.returncode == 0, done.stderr
        assert len(records(out)) == 60
    else:
        assert list((out / "runs").glob("*")) == []
