"""The embedded stack starts, listens on the loopback interface only, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from src.aws.local import HOST, EmbeddedStack
from src.aws.stack_guard import MARK
from src.pipeline.settings import PROJECT_ROOT, Settings

OWNER = """
import sys, time
from src.aws.local import EmbeddedStack
with EmbeddedStack() as stack:
    print(stack.endpoint_url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's stacks put their files: other stacks may live on this machine."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("WHOSE", str(tmp_path))  # every process that a stack starts inherits it
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def with_mark(folder: Path) -> set[int]:
    found = set()
    for process in psutil.process_iter():
        try:
            environment = process.environ()
            ours = MARK in environment and environment.get("WHOSE") == str(folder)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
        except psutil.Error:
            continue
    return found


def listening(port: int) -> list[str]:
    return [
        c.laddr.ip for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr.port == port
    ]


def test_it_answers_on_the_loopback_interface_only_and_ends(folder: Path) -> None:
    with EmbeddedStack() as stack:
        port = int(stack.endpoint_url.rsplit(":", 1)[1])
        assert listening(port) == [HOST]
        assert stack.settings(Settings.load({})).package == "local"
        assert len(with_mark(folder)) >= 2  # the guard and MiniStack
    assert not with_mark(folder)
    assert listening(port) == []


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_its_owner_is_ended(sign: signal.Signals, folder: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith(f"http://{HOST}:")
    assert with_mark(folder)
    os.kill(owner.pid, sign)
    owner.wait(60)
    until = time.monotonic() + 60
    while with_mark(folder) and time.monotonic() < until:
        time.sleep(0.1)
    assert not with_mark(folder)
    assert list(folder.iterdir()) == []


def test_a_taken_port_is_a_clear_error(embedded: EmbeddedStack) -> None:
    port = int(embedded.endpoint_url.rsplit(":", 1)[1])
    with pytest.raises(Exception, match=f"port {port}"), EmbeddedStack(port=port):
        pass
