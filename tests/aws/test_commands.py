"""``python -m src.aws`` as a user runs it: results on stdout, progress on stderr, exit codes that mean something."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from src.aws.local import EmbeddedStack
from src.pipeline.settings import PROJECT_ROOT


def environment(record: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FACELANE_"))}
    return kept | {
        "FACELANE_DEPLOYMENT_FILE": str(record),
        "FACELANE_RECOGNIZER": "dlib",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def aws(record: Path, *flags: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "src.aws", *flags],
        cwd=PROJECT_ROOT, env=environment(record) | env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_up_status_down(embedded: EmbeddedStack, tmp_path: Path) -> None:
    record = tmp_path / "deployment.json"
    place = ("--endpoint-url", embedded.endpoint_url, "--prefix", "cli")
    more = aws(record, "up", *place, "--dry-run", "--max-concurrency", "20", "--yes", "--public-url")
    assert more.stdout.endswith("20 to create, 0 to change, 0 to keep.\n")
    assert "anyone on the internet send frames, at your cost: up to $" in more.stderr
    plan = aws(record, "up", *place, "--dry-run")
    assert plan.returncode == 0, plan.stderr
    assert plan.stdout.endswith("20 to create, 0 to change, 0 to keep.\n")
    assert not record.exists()

    done = aws(record, "up", *place)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 20
    assert json.loads(record.read_text())["bucket"] == "cli-frames-000000000000"
    assert "Recognizer: dlib" in done.stdout

    status = aws(record, "status")
    assert status.returncode == 0, status.stderr
    lines = status.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-2]] == ["ok"] * 20
    url = json.loads(record.read_text())["function_url"]
    assert lines[-2] == f"Frames by HTTP: {url}"
    assert url in done.stdout
    # Not the other queues: S3's test event, and the wake that it leads to, may still be in them.
    assert any("cli-resp-queue  0 waiting, 0 in flight" in line for line in lines)

    removed = aws(record, "down")
    assert removed.returncode == 0, removed.stderr
    assert removed.stdout == "cli is removed from us-east-1; nothing is left.\n"
    assert not record.exists()
    after = aws(record, "status", *place)
    assert after.returncode == 1
    assert after.stdout.count("missing") == 20


def test_status_and_down_know_how_it_was_deployed(embedded: EmbeddedStack, tmp_path: Path) -> None:
    record = tmp_path / "deployment.json"
    place = ("--endpoint-url", embedded.endpoint_url, "--prefix", "shaped")
    shape = ("--detection-memory", "1024", "--log-days", "7", "--min-face-size", "40", "--public-url")
    assert aws(record, "up", *place, *shape).returncode == 0
    status = aws(record, "status")
    assert {line.split()[0] for line in status.stdout.splitlines()[1:21]} == {"ok"}, status.stdout
    assert "differs" in aws(record, "status", FACELANE_LOG_DAYS="14").stdout
    assert aws(record, "down").returncode == 0


def test_up_killed_again_and_again_is_completed(embedded: EmbeddedStack, tmp_path: Path) -> None:
    record = tmp_path / "deployment.json"
    place = ("--endpoint-url", embedded.endpoint_url, "--prefix", "killed")
    for step in (2, 7, 11, 13, 16):  # lines of progress before the kill: in the middle of each kind of resource
        run = subprocess.Popen(
            [sys.executable, "-m", "src.aws", "up", *place],
            cwd=PROJECT_ROOT, env=environment(record), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert run.stderr is not None
        for _ in range(step):
            assert run.stderr.readline()
        run.send_signal(signal.SIGKILL)
        run.wait(10)
        run.stderr.close()
    assert not record.exists()
    assert aws(record, "up", *place).returncode == 0
    assert aws(record, "up", *place, "--dry-run").stdout.endswith("0 to create, 0 to change, 20 to keep.\n")
    assert aws(record, "down", *place).returncode == 0


def test_down_asks_where_nothing_is_recorded(embedded: EmbeddedStack, tmp_path: Path) -> None:
    record, elsewhere = tmp_path / "deployment.json", tmp_path / "none.json"
    place = ("--endpoint-url", embedded.endpoint_url, "--prefix", "asked")
    assert aws(record, "up", *place).returncode == 0
    meant = f"none.json does not tell of asked in us-east-1, account 000000000000 at {embedded.endpoint_url}"

    refused = aws(elsewhere, "down", *place)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith(f"{meant}: nothing was removed. To remove it with all that is in it, add --yes.\n")
    code, said = typed("not it\n", elsewhere, "down", *place)
    assert code == 2 and meant in said and said.rstrip().endswith("Nothing was removed.")
    assert aws(elsewhere, "down", *place, "--dry-run").stdout.count("remove ") == 20
    other = aws(record, "down", "--endpoint-url", embedded.endpoint_url, "--prefix", "others")  # not the recorded one
    assert other.returncode == 2 and "does not tell of others in us-east-1" in other.stderr
    assert aws(record, "status").returncode == 0

    code, said = typed("asked\n", elsewhere, "down", *place)
    assert code == 0 and "asked is removed from us-east-1; nothing is left." in said
    again = aws(elsewhere, "down", *place, "--yes")
    assert again.returncode == 0
    assert again.stderr.splitlines()[0].endswith(f"{meant}; it is removed.")


def typed(text: str, record: Path, *flags: str) -> tuple[int, str]:
    """The exit code and all that is seen on a terminal at which somebody types."""
    master, slave = pty.openpty()
    try:
        run = subprocess.Popen([sys.executable, "-m", "src.aws", *flags], cwd=PROJECT_ROOT, env=environment(record),
                               stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
        os.write(master, text.encode())
        said, _ = run.communicate(timeout=120)
    finally:
        os.close(slave)
        os.close(master)
    return run.returncode, said


@pytest.mark.parametrize("whom", ["deployer", "client"])
def test_permissions_need_no_account(whom: str, tmp_path: Path) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    done = aws(tmp_path / "none.json", "permissions", whom, **nobody, HOME="/nonexistent")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (PROJECT_ROOT / "docs" / f"{whom}-policy.json").read_text()
    assert done.stderr == "No AWS credentials were found, so the account is not known: put its id for ACCOUNT.\n"
    china = aws(tmp_path / "none.json", "permissions", whom, "--region", "cn-north-1", **nobody, HOME="/nonexistent")
    assert "arn:aws-cn:sqs:cn-north-1:ACCOUNT:" in china.stdout


@pytest.mark.parametrize(
    ("flags", "env", "code", "says"),
    [
        (("up", "--prefix", "Bad_Prefix"), {}, 2, "prefix is 'Bad_Prefix'"),
        (("up", "--package", "local"), {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "embedded stack only"),
        (("up", "--endpoint-url", "http://127.0.0.1:9"), {}, 2, "Nothing answers there"),
        (("up", "--max-concurrency", "500"), {}, 2, "600 of face-detection (default 110) and 500 of face-recognition "
         "(default 10) at the same time, up to $114.02 an hour. Add --yes"),
        (("up", "--http-concurrency", "900"), {}, 2, "910 of face-detection (default 110) at the same time"),
        (("local", "--port", "99999"), {}, 2, "it must be 1 to 65535"),
        (("enroll", "gallery"), {}, 2, "Nothing is deployed"),
        (("enroll", "gallery"), {"AWS_ACCESS_KEY_ID": ""}, 2, "Nothing is deployed"),
        (("status",), {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true",
                       "HOME": "/nonexistent"}, 2, "No AWS credentials were found"),
        (("status",), {"AWS_PROFILE": "nobody-has-it", "HOME": "/nonexistent"}, 2, "nobody-has-it"),
        (("status",), {"AWS_ENDPOINT_URL": "foo"}, 2, "Check AWS_ENDPOINT_URL"),
        (("status", "--endpoint-url", "foo"), {}, 2, "endpoint_url is 'foo'"),
        (("status", "--region", ""), {}, 2, "region is ''"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(
    flags: tuple[str, ...], env: dict[str, str], code: int, says: str, tmp_path: Path
) -> None:
    done = aws(tmp_path / "none.json", *flags, **env)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_local_leaves_the_record_of_a_deployment_alone(tmp_path: Path) -> None:
    record = tmp_path / "deployment.json"
    fields = ("bucket", "table", "frame_queue_url", "req_queue_url", "resp_queue_url", "frame_dlq_url", "req_dlq_url")
    text = json.dumps(dict.fromkeys(fields, "x") | {"prefix": "mine", "region": "eu-west-1", "account": "1",
                                                    "recognizer": "dlib"})  # fmt: skip
    record.write_text(text)
    done = aws(record, "local")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "deployment.json tells of mine in eu-west-1" in done.stderr
    assert record.read_text() == text
