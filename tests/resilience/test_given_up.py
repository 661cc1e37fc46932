"""Frames whose every try crashes where nobody watches a queue's tries: the direct trigger's, and those sent by HTTP."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.redrive import Redriven, redrive
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue, ResultTable
from tests.aws.test_commands import aws as aws_command
from tests.conftest import SAMPLES
from tests.integration.posting import ResponseQueue, body, send
from tests.integration.test_main_job import client, records
from tests.resilience.deployments import crashing_deployment

FRAMES = {
    "detection.work-always.jpg": "obama_small.jpg",
    "detection.work.jpg": "obama_small.jpg",
    "detection.put.1.jpg": "no_face_rocket.jpg",
    "well.jpg": "obama_small.jpg",
}
HOPELESS = "detection.work-always.jpg"


BY_HTTP = "recognition.put-always.http.jpg"


@pytest.fixture(scope="module")
def direct(embedded: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Path]]:
    folder = tmp_path_factory.mktemp("direct")
    with crashing_deployment(embedded, folder, prefix="direct", trigger="direct", max_receive_count=2) as deployment:
        yield deployment


def test_a_frame_that_came_by_http_is_answered_failed_by_hand_and_redriven(direct: tuple[Settings, Path]) -> None:
    settings, record = direct
    aws = Account(settings)
    url = str(blueprint.function_url(aws).address(aws))
    responses = ResponseQueue(str(settings.endpoint_url), aws.names.resp_queue)
    frame = body("h1", SAMPLES / "obama_small.jpg", filename=BY_HTTP)
    assert send(url, frame)[0] == 200

    dead, until = Queue(Connection(settings), settings.need("req_dlq_url")), time.monotonic() + 120
    while not dead.depth() and time.monotonic() < until:
        time.sleep(0.2)
    assert redrive_command(record, "--answer") == f"{BY_HTTP} (h1): answered failed; it stays in direct-req-dlq\n"
    failed = responses.next()
    assert (failed["request_id"], failed["run_id"], failed["status"]) == ("h1", "http", "failed")
    assert send(url, frame, query="?wait=1")[1]["status"] == "failed"
    assert redrive_command(record, "--answer") == ""

    (record.parent / "mended").touch()
    assert "direct-req-dlq → direct-req-queue: 1 moved, 1 failed answers reopened" in redrive_command(record)
    assert responses.next()["result"] == "Barack Obama"
    assert responses.rest() == []
    (record.parent / "mended").unlink()


def redrive_command(record: Path, *flags: str) -> str:
    done = aws_command(record, "redrive", *flags)
    assert done.returncode == 0, done.stderr
    return done.stdout


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

    (record.parent / "mended").touch()
    assert list(redrive(settings, ("frame",))) == [
        Redriven("direct-frame-dlq", "direct-frame-queue", moved=1, reopened=1, left=0)
    ]
    (run,) = (out / "runs").glob("*.sqlite")
    done = client(record, out, "--resume", str(run))
    assert done.returncode == 0, done.stderr
    assert records(out)[HOPELESS]["result"] == "Barack Obama"
    by_run = ResultTable(Connection(settings), settings.need("table")).by_run(run.stem)
    assert sorted(item["filename"] for item in by_run) == sorted(FRAMES), "one record each"
