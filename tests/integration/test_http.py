"""The function URL, called by a plain HTTP client; the results read one message at a time."""

from __future__ import annotations

import io
import json
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from src.pipeline.settings import PROJECT_ROOT
from src.pipeline.stores import Connection, ResultTable
from tests.bad_input import write_bad_inputs
from tests.conftest import SAMPLES, Stack
from tests.integration.posting import ResponseQueue, body, send
from tests.integration.test_main_job import client, records

EXPECTED: dict[str, Any] = json.loads((PROJECT_ROOT / "tests" / "data" / "expected.json").read_text())
PHOTOS = sorted(name for name in EXPECTED if EXPECTED[name]["names"] and len(EXPECTED[name]["names"]) < 4)
ONE = PHOTOS[0]


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    assert stack.deployment.function_url is not None
    return stack.deployment.function_url


@pytest.fixture
def responses(stack: Stack) -> ResponseQueue:
    queue = ResponseQueue(str(stack.settings.endpoint_url), f"{stack.deployment.prefix}-resp-queue")
    while queue.one(wait_s=0) is not None:  # what other tests left
        pass
    return queue


def new_id() -> str:
    return str(uuid.uuid4())


def png(side: int = 200, *, noise: bool = False) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(7).integers(0, 256, (side, side, 3), dtype=np.uint8) if noise else None
    image = Image.fromarray(pixels) if pixels is not None else Image.new("RGB", (side, side), "grey")
    image.save(file, "PNG")
    return file.getvalue()


def test_a_client_that_sends_one_frame_after_the_other(url: str, responses: ResponseQueue) -> None:
    for name in PHOTOS[:4]:
        request_id = new_id()
        status, answer, _ = send(url, body(request_id, SAMPLES / name))
        assert (status, answer) == (
            200,
            {"request_id": request_id, "status": "accepted", "faces": len(EXPECTED[name]["names"])},
        )
        message = responses.next()
        assert message["request_id"] == request_id
        assert message["result"] == EXPECTED[name]["names"][0]
        assert (message["filename"], message["status"]) == (name, EXPECTED[name]["status"])
    assert responses.rest() == []


def test_clients_that_send_at_the_same_time(url: str, responses: ResponseQueue) -> None:
    frames = {new_id(): PHOTOS[number % len(PHOTOS)] for number in range(8)}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda frame: send(url, body(frame[0], SAMPLES / frame[1])), frames.items()))
    assert [status for status, *_ in answers] == [200] * len(frames)
    found = {message["request_id"]: message["result"] for message in (responses.next() for _ in frames)}
    assert found == {request_id: EXPECTED[name]["names"][0] for request_id, name in frames.items()}
    assert responses.rest() == []


def test_a_caller_that_waits_gets_the_result(url: str, responses: ResponseQueue, stack: Stack) -> None:
    request_id = new_id()
    status, answer, _ = send(url, body(request_id, SAMPLES / ONE, run_id="waiting"), query="?wait=30")
    assert status == 200
    assert (answer["request_id"], answer["run_id"]) == (request_id, "waiting")
    assert (answer["status"], answer["result"]) == (EXPECTED[ONE]["status"], EXPECTED[ONE]["names"][0])
    assert responses.next() | {"timings": {}} == answer | {"timings": {}}
    item = ResultTable(Connection(stack.settings), stack.deployment.table).get(request_id)
    assert item is not None and item["result"] == answer["result"]


def test_a_caller_that_waits_too_short_is_told_that_its_frame_is_accepted(url: str, responses: ResponseQueue) -> None:
    request = body(new_id(), SAMPLES / ONE)
    status, answer, _ = send(url, request, query="?wait=0")
    assert (status, answer["status"]) == (200, "accepted")
    assert responses.next()["request_id"] == request["request_id"]
    status, answer, _ = send(url, request, query="?wait=0")  # and asks again with the same request
    assert (status, answer["result"]) == (200, EXPECTED[ONE]["names"][0])
    assert responses.rest() == []


def test_a_retry_gets_the_same_answer_and_no_second_message(url: str, responses: ResponseQueue) -> None:
    request = body(new_id(), SAMPLES / ONE)
    with ThreadPoolExecutor(4) as pool:  # while the first is in flight
        answers = list(pool.map(lambda _: send(url, request)[:2], range(4)))
    assert answers == [answers[0]] * 4 and answers[0][0] == 200
    assert responses.next()["request_id"] == request["request_id"]
    assert send(url, request)[:2] == answers[0]  # and after it was answered
    assert responses.rest() == []
    status, answer, _ = send(url, body(request["request_id"], png()))
    assert (status, "another picture" in answer["error"]) == (409, True)
    assert responses.rest() == []


@pytest.mark.parametrize(
    ("picture", "ends"), [(png(), "no_face"), ((SAMPLES / ONE).read_bytes()[:20_000], "invalid")]
)  # fmt: skip
def test_a_frame_without_a_face_and_a_damaged_one_are_answered_like_any_other(
    picture: bytes, ends: str, url: str, responses: ResponseQueue
) -> None:
    request = body(new_id(), picture)
    for _ in range(2):
        status, answer, _ = send(url, request)
        assert (status, answer) == (200, {"request_id": request["request_id"], "status": "accepted", "faces": 0})
    message = responses.next()
    assert (message["status"], message["result"]) == (ends, None)
    assert responses.rest() == []
    assert send(url, request, query="?wait=5")[1]["status"] == ends


GOOD = body("an-id", b"x")
BAD_BODIES: list[tuple[Any, int, str]] = [
    (b"", 400, "empty"),
    (b"{not json", 400, "The body is not JSON"),
    ([], 400, "must be a JSON object"),
    ({}, 400, "request_id and filename and content are missing"),
    ({k: v for k, v in GOOD.items() if k != "filename"}, 400, "filename is missing"),
    (GOOD | {"content": None}, 400, "content is missing"),
    (GOOD | {"content": "no!base64"}, 400, "not base64"),
    (GOOD | {"content": "abc"}, 400, "not base64"),
    (GOOD | {"content": ""}, 400, "content is empty"),
    (GOOD | {"content": 7}, 400, "content must be a text"),
    (GOOD, 400, "not a readable picture"),
    (body("an-id", b"%PDF-1.7 " * 100), 400, "not a readable picture"),
    (GOOD | {"request_id": "a/../b"}, 400, "request_id must be"),
    (GOOD | {"request_id": ""}, 400, "request_id must be"),
    (GOOD | {"request_id": "a" * 129}, 400, "request_id must be"),
    (GOOD | {"request_id": "a\n"}, 400, "request_id must be"),
    (GOOD | {"request_id": 5}, 400, "request_id must be"),
    (GOOD | {"run_id": "../x"}, 400, "run_id must be"),
    (GOOD | {"filename": "a\x00b"}, 400, "filename must be"),
    (GOOD | {"filename": "half \ud800"}, 400, "filename must be"),
    (GOOD | {"filename": "x" * 1025}, 400, "filename must be"),
    (GOOD | {"content": "A" * (6 * 1024 * 1024)}, 413, "larger than 6291456 bytes"),
    (b"x" * (9 * 1024 * 1024), 413, "larger than 6291456 bytes"),
]


def test_what_is_refused_says_why_and_sends_nothing(url: str, responses: ResponseQueue) -> None:
    for data, code, says in BAD_BODIES:
        status, answer, _ = send(url, data)
        assert (status, says in answer["error"]) == (code, True), (status, answer)
        assert len(answer["error"]) < 200
    for wait in ("soon", "-1", "nan", "1e999"):
        status, answer, _ = send(url, GOOD, query=f"?wait={wait}")
        assert (status, "wait is" in answer["error"]) == (400, True)
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        status, answer, headers = send(url, None if method == "GET" else GOOD, method=method)
        assert (status, headers["allow"], "use POST" in answer["error"]) == (405, "POST", True)
    assert responses.rest() == []


def test_a_body_that_lambda_hands_on_as_base64_and_broken_lines_are_read(url: str, responses: ResponseQueue) -> None:
    request = body(new_id(), png())
    request["content"] = "\n".join(request["content"][at : at + 76] for at in range(0, len(request["content"]), 76))
    for kind in ("application/octet-stream", "application/x-www-form-urlencoded"):
        status, answer, headers = send(url, request, headers={"Content-Type": kind})
        assert (status, answer["status"], headers["content-type"]) == (200, "accepted", "application/json")
    assert responses.next()["status"] == "no_face"
    assert responses.rest() == []


def test_our_client_posts_a_folder(stack: Stack, tmp_path: Path) -> None:
    """The samples, and bad ones among them: each ends as it does through the bucket."""
    folder = tmp_path / "frames"
    folder.mkdir()
    bad = write_bad_inputs(folder)
    for name in EXPECTED:
        shutil.copy(SAMPLES / name, folder / name)
    done = client(stack.record, tmp_path / "out", "--input", str(folder), "--url", "auto")
    assert "Traceback" not in done.stderr
    found = records(tmp_path / "out")
    wanted = {name: want["status"] for name, want in (EXPECTED | bad).items()}
    assert {name: record["status"] for name, record in found.items()} == wanted
    for name, want in EXPECTED.items():
        assert [face["name"] for face in found[name]["faces"]] == want["names"]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--url", "frames.example"], "--url is 'frames.example'"),
        (["--url", "auto", "--exec-type", "local"], "leave --exec-type local out"),
    ],
)
def test_a_wrong_url_is_one_line_and_code_2(flags: list[str], says: str, stack: Stack, tmp_path: Path) -> None:
    done = client(stack.record, tmp_path / "out", "--input", str(SAMPLES), *flags)
    assert (done.returncode, says in done.stderr) == (2, True)
    assert len([line for line in done.stderr.splitlines() if "--" in line]) == 1
