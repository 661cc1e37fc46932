"""With the direct trigger a frame whose every try crashes is dead-lettered by Lambda, answered, and redriven."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src.aws.account import Account
from src.aws.redrive import Redriven, redrive
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, ResultTable
from tests.conftest import SAMPLES
from tests.integration.test_main_job import client, records
from tests.resilience.deployments import crashing_deployment

FRAMES = {
    "detection.work-always.jpg": "obama_small.jpg",
    "detection.work.jpg": "obama_small.jpg",
    "detection.put.1.jpg": "no_face_rocket.jpg",
    "well.jpg": "obama_small.jpg",
}
HOPELESS = "detection.work-always.jpg"


@pytest.fixture
def direct(embedded: Any, tmp_path: Path) -> Iterator[tuple[Settings, Path]]:
    with crashing_deployment(embedded, tmp_path, prefix="direct", trigger="direct") as deployment:
        yield deployment


def test_what_lambda_gave_up_is_answered_failed_and_redriven(direct: tuple[Settings, Path], tmp_path: Path) -> None:
    settings, record = direct
    aws = Account(settings)
    function = aws.client("lambda").get_function_configuration(FunctionName=aws.names.detection_function)
    assert function["DeadLetterConfig"] == {"TargetArn": aws.queue_arn(aws.names.frame_dlq)}

    frames, out = tmp_path / "frames", tmp_path / "out"
    frames.mkdir()
    for name, sample in FRAMES.items():
        shutil.copy(SAMPLES / sample, frames / name)

    done = client(record, out, "--input", str(frames))
    found = records(out)
    assert done.returncode == 1
    assert {name: r["status"] for name, r in found.items()} == {
        HOPELESS: "failed", "detection.work.jpg": "recognized", "detection.put.1.jpg": "no_face",
        "well.jpg": "recognized",
    }  # fmt: skip
    assert found[HOPELESS]["error"].endswith("its message is in direct-frame-dlq.")

    (tmp_path / "mended").touch()
    assert list(redrive(settings, ("frame",))) == [
        Redriven("direct-frame-dlq", "direct-frame-queue", moved=1, reopened=1, left=0)
    ]
    (run,) = (out / "runs").glob("*.sqlite")
    done = client(record, out, "--resume", str(run))
    assert done.returncode == 0, done.stderr
    assert records(out)[HOPELESS]["result"] == "Barack Obama"
    by_run = ResultTable(Connection(settings), settings.need("table")).by_run(run.stem)
    assert sorted(item["filename"] for item in by_run) == sorted(FRAMES), "one record each"
