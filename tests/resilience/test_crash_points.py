"""Function processes killed at every point of their handlers: each frame still ends in one record and one answer."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src.aws.redrive import redrive
from src.pipeline.contracts import Status
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, ResultTable
from tests.conftest import SAMPLES
from tests.integration.test_main_job import client, records
from tests.resilience.deployments import crashing_deployment

FACE, EMPTY = "obama_small.jpg", "no_face_rocket.jpg"
# What detection does with a frame that has a face, with one that has none, and recognition.
CRASHES = {
    "detection.work.jpg": FACE,
    "detection.send.jpg": FACE,
    "detection.send-done.jpg": FACE,
    "detection.return.jpg": FACE,
    "detection.put.1.jpg": EMPTY,
    "detection.put-done.2.jpg": EMPTY,
    "detection.send.3.jpg": EMPTY,
    "detection.return.4.jpg": EMPTY,
    "recognition.work.jpg": FACE,
    "recognition.put.jpg": FACE,
    "recognition.put-done.jpg": FACE,
    "recognition.send-done.jpg": FACE,
    "recognition.return.jpg": FACE,
}
HOPELESS = {"detection.work-always.jpg": "frame-dlq", "recognition.put-always.jpg": "req-dlq"}
TRIES = 3


class Crashed:
    """One run of the client over all of those frames."""

    def __init__(self, settings: Settings, record: Path, crashes: Path, out: Path) -> None:
        self.settings, self.record, self.crashes, self.out = settings, record, crashes, out
        self.table = ResultTable(Connection(settings), settings.need("table"))
        frames = out / "frames"
        frames.mkdir(parents=True)
        for name, sample in (CRASHES | dict.fromkeys(HOPELESS, FACE)).items():
            shutil.copy(SAMPLES / sample, frames / name)
        self.done = client(record, out, "--input", str(frames))
        self.found = records(out)
        (self.run_file,) = (out / "runs").glob("*.sqlite")

    @property
    def run_id(self) -> str:
        return self.run_file.stem

    def recorded(self) -> Counter[str]:
        return Counter(item["filename"] for item in self.table.by_run(self.run_id))


@pytest.fixture(scope="module")
def crashed(
    embedded: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crashed]:  # fmt: skip
    folder = tmp_path_factory.mktemp("crashes")
    with crashing_deployment(
        embedded, folder, prefix="crash", detection_batch=1, recognition_batch=1, max_receive_count=TRIES
    ) as (settings, record):
        yield Crashed(settings, record, folder, folder / "out")


def test_every_process_was_killed_where_it_should_be(crashed: Crashed) -> None:
    happened = {path.name for path in crashed.crashes.iterdir()}
    assert happened >= CRASHES.keys() | HOPELESS.keys()


@pytest.mark.parametrize("name", CRASHES)
def test_after_a_crash_redelivery_ends_the_work(name: str, crashed: Crashed) -> None:
    expected = {FACE: ("recognized", "Barack Obama"), EMPTY: ("no_face", None)}[CRASHES[name]]
    assert (crashed.found[name]["status"], crashed.found[name]["result"]) == expected
    assert crashed.recorded()[name] == 1
    item = crashed.table.get(crashed.found[name]["request_id"])
    assert item is not None
    assert item["status"] == expected[0]
    assert len(crashed.table.faces(item["request_id"])) == len(crashed.found[name]["faces"])


@pytest.mark.parametrize("name", HOPELESS)
def test_a_frame_that_kills_each_try_is_answered_failed_and_its_place_named(name: str, crashed: Crashed) -> None:
    assert crashed.found[name]["status"] == Status.FAILED
    assert crashed.found[name]["error"].endswith(f"its message is in crash-{HOPELESS[name]}.")
    assert f"{name}: failed:" in crashed.done.stderr
    assert crashed.done.returncode == 1
    assert crashed.recorded()[name] == 1


def test_redriven_it_gets_its_real_answer(crashed: Crashed) -> None:
    (crashed.crashes / "mended").touch()
    moved = {done.source: (done.moved, done.reopened, done.left) for done in redrive(crashed.settings)}
    assert moved == {"crash-frame-dlq": (1, 1, 0), "crash-req-dlq": (1, 1, 0)}
    done = client(crashed.record, crashed.out, "--resume", str(crashed.run_file))
    assert done.returncode == 0, done.stderr
    found = records(crashed.out)
    assert {found[name]["result"] for name in HOPELESS} == {"Barack Obama"}
    assert set(crashed.recorded().values()) == {1}
    with sqlite3.connect(crashed.run_file) as run:
        assert run.execute("SELECT COUNT(*) FROM frames").fetchone() == (len(CRASHES) + len(HOPELESS),)
    assert json.loads((crashed.out / "summary.json").read_text())["missing"] == 0
