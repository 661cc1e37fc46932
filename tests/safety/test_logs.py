"""Frames and messages, good, bad and failing in every way, through real functions: no data of people in any log."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from src.aws.account import Account
from src.aws.deploy import down, up
from src.aws.enroll import enroll
from src.aws.packages import local
from src.pipeline.crop_codec import pack, to_text
from src.pipeline.settings import Settings
from tests.bad_input import write_bad_inputs
from tests.conftest import GALLERY, SAMPLES
from tests.integration.posting import body, send
from tests.integration.test_main_job import client, records
from tests.safety.data_forms import found_in

FACE = SAMPLES / "obama_small.jpg"
CANARY = ("CANARY_OF_THE_ENVIRONMENT", "feathers-4711-of-the-canary")
OF_THE_ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", CANARY[0])
CROPS = np.random.default_rng(3).integers(0, 256, (1, 150, 150, 3), dtype=np.uint8)
REQUEST: dict[str, Any] = {
    "request_id": "poison", "run_id": "poison", "filename": "poison.jpg", "image_size": [150, 150],
    "faces": [{"box": [1, 2, 3, 4], "score": 0.9, "landmarks": [[1, 2]] * 5}], "timings": {},
    "crops": to_text(pack(CROPS)),
}  # fmt: skip
POISON = [
    REQUEST["crops"],  # no JSON at all
    json.dumps(REQUEST | {"faces": REQUEST["crops"]}),
    json.dumps(REQUEST | {"image_size": [REQUEST["crops"], 1]}),
    json.dumps(REQUEST | {"crops": REQUEST["crops"][:-40]}),  # cut off
    json.dumps(REQUEST | {"crops": "%" + REQUEST["crops"]}),
    json.dumps(REQUEST | {"crops_key": REQUEST["crops"]}),
    json.dumps({"crops": REQUEST["crops"]}),
    json.dumps({"Records": [REQUEST]}),
]

FAILED = '"message":"record failed"'
FAILURES = 2 * len(POISON) + 2  # all of them in both queues, and one frame of each surprise


@dataclass
class Logs:
    text: str
    environment: dict[str, str]
    statuses: set[str]


@pytest.fixture(scope="module")
def logs(embedded: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logs]:
    """All that the functions of a deployment of its own wrote, to their logs and to standard error alike."""
    folder = tmp_path_factory.mktemp("surprises")
    with pytest.MonkeyPatch.context() as patch:
        told = f"export SURPRISES={folder} {CANARY[0]}={CANARY[1]}\n"
        run = 'exec {python} -m tests.safety.surprised "$_HANDLER"\n'
        patch.setattr(local, "BOOTSTRAP", "\n".join(local.BOOTSTRAP.splitlines()[:2]) + "\n" + told + run)
        base = Settings.load(
            {}, prefix="logs", recognizer="dlib", max_receive_count=1, deployment_file=folder / "deployment.json"
        )
        deployment = up(embedded.settings(base))
        enroll(deployment.settings(base), GALLERY)
        deployment.save(base.deployment_file)
        aws = Account(deployment.settings(base))
        frames = folder / "frames"
        frames.mkdir()
        write_bad_inputs(frames)
        statuses = run_of([FACE, SAMPLES / "no_face_rocket.jpg"], base.deployment_file, frames)
        for text in POISON:
            aws.client("sqs").send_message(QueueUrl=deployment.req_queue_url, MessageBody=text)
            aws.client("sqs").send_message(QueueUrl=deployment.frame_queue_url, MessageBody=text)
        bad_calls(str(deployment.function_url))
        for duty in ("detection", "recognition"):  # last: from here on everything fails
            (folder / duty).touch()
            send(str(deployment.function_url), body(f"surprise-{duty}", FACE), query="?wait=0")
            statuses |= run_of([FACE], base.deployment_file, folder / f"frames-{duty}")
            (folder / duty).unlink()
        until_all_failed(aws)
        yield Logs(all_logs(aws), json.loads((folder / "environment").read_text()), statuses)
        assert down(embedded.settings(base)) == []


def run_of(frames: list[Path], record: Path, folder: Path) -> set[str]:
    folder.mkdir(exist_ok=True)
    for frame in frames:
        shutil.copy(frame, folder)
    out = folder.with_suffix(".out")
    client(record, out, "--input", str(folder), "--timeout", "90")
    return {answer["status"] for answer in records(out).values()}


def bad_calls(url: str) -> None:
    frame = body("call", FACE)
    send(url, body("called", FACE), query="?wait=20")
    send(url, frame | {"content": "%" + frame["content"]})
    send(url, {"request_id": frame["content"], "filename": "a.jpg"})
    send(url, frame["content"].encode())  # no JSON
    send(url, FACE.read_bytes(), headers={"Content-Type": "image/jpeg"})


def until_all_failed(aws: Account) -> None:
    until = time.monotonic() + 120
    while all_logs(aws).count(FAILED) < FAILURES and time.monotonic() < until:
        time.sleep(0.2)


def all_logs(aws: Account) -> str:
    client, lines = aws.client("logs"), []
    for function in (aws.names.detection_function, aws.names.recognition_function):
        group = f"/aws/lambda/{function}"
        for page in client.get_paginator("describe_log_streams").paginate(logGroupName=group):
            for stream in page["logStreams"]:
                found = client.get_log_events(
                    logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True, limit=10_000
                )
                lines += [event["message"] for event in found["events"]]
    return "\n".join(lines)


def test_the_logs_tell_of_every_kind_of_failure(logs: Logs) -> None:
    assert logs.text.count(FAILED) >= FAILURES
    assert logs.statuses >= {"recognized", "no_face", "invalid", "failed"}
    for text in ("a surprise in detection", "a surprise in recognition", "Traceback", "call failed"):
        assert text in logs.text
    assert '"reason":"The crops' in logs.text


def test_they_hold_no_picture_no_crop_and_no_embedding(logs: Logs) -> None:
    assert found_in(logs.text) == []
    frame = base64.b64encode(FACE.read_bytes()).decode()
    for data in (frame, REQUEST["crops"]):
        assert not [at for at in range(0, len(data) - 24, 24) if data[at : at + 24] in logs.text]


def test_they_hold_nothing_of_the_environment(logs: Logs) -> None:
    assert logs.environment[CANARY[0]] == CANARY[1]
    for name in OF_THE_ENVIRONMENT:
        assert name not in logs.text
        assert len(logs.environment.get(name, "")) < 8 or logs.environment[name] not in logs.text
    assert "environ(" not in logs.text


@pytest.mark.parametrize(
    "leak",
    [
        to_text(CROPS.tobytes()), str(CROPS.tobytes()[:100]), CROPS.tobytes().hex(), str(CROPS.tolist()),
        str(np.linspace(-1, 1, 128, dtype=np.float32)), repr([0.123456] * 128), json.dumps([0.5] * 128),
        CROPS.tobytes().decode("utf-8", "replace"), json.dumps(str(CROPS.tobytes()[:100])),
        json.dumps({"reason": str(np.linspace(-1, 1, 128))}),
    ],
    ids=["base64", "bytes", "hex", "pixels", "array", "floats", "json", "raw", "bytes in json", "array in json"],
)  # fmt: skip
def test_data_would_be_found_in_any_form(leak: str) -> None:
    assert found_in(f"record failed\n{leak}\nand more")
