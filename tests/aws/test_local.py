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


def with_mark() -> set[int]:
    found = set()
    for process in psutil.process_iter():
        try:
            if MARK in process.environ() and process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
        except psutil.Error:
            continue
    return found


def listening(port: int) -> list[str]:
    return [
        c.laddr.ip for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr.port == port
    ]


def test_it_answers_on_the_loopback_interface_only_and_ends() -> None:
    before = with_mark()
    with EmbeddedStack() as stack:
        port = int(stack.endpoint_url.rsplit(":", 1)[1])
        assert listening(port) == [HOST]
        assert stack.settings(Settings.load({})).package == "local"
        started = with_mark() - before
        assert len(started) >= 2  # the guard and MiniStack
    assert not with_mark() & started
    assert listening(port) == []


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_its_owner_is_ended(sign: signal.Signals) -> None:
    before, folders = with_mark(), set(Path(tempfile.gettempdir()).glob("facelane-stack-*"))
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith(f"http://{HOST}:")
    started = with_mark() - before
    os.kill(owner.pid, sign)
    owner.wait(10)
    until = time.monotonic() + 20
    while with_mark() & started and time.monotonic() < until:
        time.sleep(0.1)
    assert not with_mark() & started
    assert set(Path(tempfile.gettempdir()).glob("facelane-stack-*")) <= folders


def test_a_taken_port_is_a_clear_error(embedded: EmbeddedStack) -> None:
    port = int(embedded.endpoint_url.rsplit(":", 1)[1])
    with pytest.raises(Exception, match=f"port {port}"), EmbeddedStack(port=port):
        pass
