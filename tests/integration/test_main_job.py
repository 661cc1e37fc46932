"""The main job through its real entry points: S3, queues, both functions in their own processes, the client's files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from src.pipeline.contracts import Status
from src.pipeline.settings import PROJECT_ROOT
from src.pipeline.stores import Connection, ResultTable
from tests.bad_input import write_bad_inputs
from tests.conftest import SAMPLES, Stack

EXPECTED: dict[str, Any] = json.loads((PROJECT_ROOT / "tests" / "data" / "expected.json").read_text())


def client(record: Path, out: Path, *flags: str, timeout_s: float = 240) -> subprocess.CompletedProcess[str]:
    """``python -m src.client`` as a user runs it, against the deployment of a record."""
    return subprocess.run(
        [sys.executable, "-m", "src.client", "--out", str(out), *flags],
        cwd=PROJECT_ROOT,
        env=os.environ | {"FACELANE_DEPLOYMENT_FILE": str(record), "FACELANE_RECOGNIZER": "dlib"},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )


def records(out: Path, kind: str = "aws") -> dict[str, dict[str, Any]]:
    found = json.loads((out / f"detections_{kind}.json").read_text())
    assert len(found) == len({record["filename"] for record in found})
    return {record["filename"]: record for record in found}


@pytest.fixture(scope="module")
def sample_run(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("out")
    return out, client(stack.record, out, "--input", str(SAMPLES), "--annotate")


def test_every_sample_gets_its_expected_names(sample_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, done = sample_run
    found = records(out)
    said = {name: {"status": r["status"], "names": [f["name"] for f in r["faces"]]} for name, r in found.items()}
    assert said == EXPECTED
    assert done.returncode == 0, done.stderr
    for name in EXPECTED:
        assert name in done.stdout


def test_annotated_frames_are_written(sample_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, done = sample_run
    written = {path.name for path in (out / "annotated").iterdir()}
    assert written == {name if name.endswith(".jpg") else f"{name}.jpg" for name in EXPECTED}
    assert f"{len(EXPECTED)} annotated frames in {out / 'annotated'}" in done.stdout


def test_the_files_say_what_happened(sample_run: tuple[Path, subprocess.CompletedProcess[str]], stack: Stack) -> None:
    out, _ = sample_run
    summary = json.loads((out / "summary.json").read_text())
    assert summary["frames"] == len(EXPECTED)
    assert summary["missing"] == 0
    counted = Counter(record["status"] for record in EXPECTED.values())
    assert summary["status"] == {status.value: counted[status.value] for status in Status}
    assert summary["model"] == "dlib"
    # None is cold where tests before this one have used the stack.
    assert set(summary["cold_starts"]) == {"cold_detection", "cold_recognition"}
    for stage in ("upload_s", "frame_queue_s", "fetch_s", "decode_s", "detect_s", "req_queue_s", "embed_s", "match_s",
                  "resp_queue_s", "end_to_end_s"):  # fmt: skip
        assert summary["stages"][stage]["count"] > 0, stage
        assert summary["stages"][stage]["p50"] <= summary["stages"][stage]["p99"]
    uploads = json.loads((out / "detections_aws_transfer_time.json").read_text())
    assert uploads.keys() == EXPECTED.keys()
    assert all(seconds > 0 for seconds in uploads.values())


def test_the_table_answers_by_request_by_run_and_by_person(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]], stack: Stack
) -> None:
    out, _ = sample_run
    found = records(out)
    table = ResultTable(Connection(stack.settings), stack.settings.need("table"))
    run_id = json.loads((out / "summary.json").read_text())["run_id"]
    by_run = list(table.by_run(run_id))
    assert {item["filename"]: item["status"] for item in by_run} == {n: r["status"] for n, r in found.items()}
    assert [item["recorded_at"] for item in by_run] == sorted(item["recorded_at"] for item in by_run)
    for record in found.values():
        item = table.get(record["request_id"])
        assert item is not None
        assert (item["status"], item.get("result")) == (record["status"], record["result"])
        assert len(table.faces(record["request_id"])) == len(record["faces"])
    person = next(name for r in EXPECTED.values() for name in r["names"] if name != "unknown")
    wanted = sorted(r["request_id"] for r in found.values() if person in [f["name"] for f in r["faces"]])
    assert sorted({item["request_id"] for item in table.by_person(person)} & set(wanted)) == wanted


def test_local_and_cloud_agree(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]], stack: Stack, tmp_path: Path
) -> None:
    out, _ = sample_run
    done = client(stack.record, tmp_path, "--input", str(SAMPLES), "--exec-type", "local")
    assert done.returncode == 0, done.stderr
    here, there = records(tmp_path, "local"), records(out)
    assert here.keys() == there.keys()
    for name, record in here.items():
        assert record.keys() == there[name].keys()
        assert (record["status"], record["faces"]) == (there[name]["status"], there[name]["faces"])
    assert not (tmp_path / "detections_aws_transfer_time.json").exists()


def test_every_bad_input_gets_its_answer_and_the_others_go_on(stack: Stack, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    expected = write_bad_inputs(folder)
    done = client(stack.record, tmp_path / "out", "--input", str(folder))
    assert "Traceback" not in done.stderr + done.stdout
    found = records(tmp_path / "out")
    assert {name: found[name]["status"] for name in found} == {name: want["status"] for name, want in expected.items()}
    for name, want in expected.items():
        assert want["error"] in found[name].get("error", ""), name
    failed = [name for name, want in expected.items() if want["status"] == "failed"]
    assert done.returncode == (1 if failed else 0)


def test_two_clients_at_once_each_get_all_of_theirs(stack: Stack, tmp_path: Path) -> None:
    outs = [tmp_path / "one", tmp_path / "two"]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda out: client(stack.record, out, "--input", str(SAMPLES)), outs))
    for out, run in zip(outs, done, strict=True):
        assert run.returncode == 0, run.stderr
        assert {name: r["status"] for name, r in records(out).items()} == {n: e["status"] for n, e in EXPECTED.items()}
    ids = [{r["request_id"] for r in records(out).values()} for out in outs]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "--input"),
        (["--input", "no/such/folder"], "no/such/folder"),
        (["--input", "EMPTY"], "There are no images in"),
        (["--input", str(SAMPLES), "--prefix", "other"], "--prefix is other, but the recorded deployment has facelane"),
        (["--input", str(SAMPLES), "--concurrency", "0"], "concurrency is 0"),
        (["--resume", "no/such.sqlite"], "no/such.sqlite"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(flags: list[str], says: str, stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    flags = [str(tmp_path / "empty") if flag == "EMPTY" else flag for flag in flags]
    done = client(stack.record, tmp_path / "out", *flags)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
