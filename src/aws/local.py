"""The embedded stack: all of AWS that Facelane needs, in a process on this machine, for as long as it is wanted."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from src.aws.stack_guard import MARK
from src.pipeline.deployment import Deployment
from src.pipeline.errors import NotReady, UsageError
from src.pipeline.settings import PROJECT_ROOT, Settings

HOST = "127.0.0.1"
READY_S = 60
INSTANCE_BYTES = 250 * 1024 * 1024  # that a function's process takes here, with room to spare
TRIES = 3  # another process may take the free port first


class EmbeddedStack:
    """MiniStack on a free port of the loopback interface, with roles enforced. Use it with ``with``."""

    def __init__(self, *, port: int | None = None) -> None:
        self._wanted_port = port
        self._guard: subprocess.Popen[bytes] | None = None
        self.endpoint_url = ""

    def __enter__(self) -> EmbeddedStack:
        if self._wanted_port is not None and not 0 < self._wanted_port < 65_536:
            raise UsageError(f"--port is {self._wanted_port}; it must be 1 to 65535.")
        if self._wanted_port and not _is_free(self._wanted_port):
            raise UsageError(f"Another program listens on port {self._wanted_port}; choose another --port.")
        for attempt in range(TRIES):
            try:
                self._start(self._wanted_port or _free_port())
                return self
            except NotReady:
                self.stop()
                if attempt == TRIES - 1:
                    raise
            except BaseException:
                self.stop()
                raise
        raise AssertionError("unreachable: the last try returns or raises")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _start(self, port: int) -> None:
        self.endpoint_url = f"http://{HOST}:{port}"
        folder = Path(tempfile.mkdtemp(prefix="facelane-stack-"))
        self._guard = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "src.aws.stack_guard", str(folder)],
            cwd=PROJECT_ROOT,
            env=_environment(port, folder, self.endpoint_url),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self._guard.poll() is not None:
                break
            if _is_ready(self.endpoint_url):
                return
            time.sleep(0.05)
        raise NotReady(f"The embedded stack did not start on port {port}.{_last_lines(folder)}")

    @property
    def process_id(self) -> int:
        """The process that all of the stack's processes come from."""
        assert self._guard is not None
        return self._guard.pid

    def stop(self) -> None:
        """End the stack and every function's process, and wait until they are gone."""
        if self._guard is None:
            return
        guard, self._guard = self._guard, None
        assert guard.stdin is not None
        guard.stdin.close()
        try:
            guard.wait(60)
        except BaseException:  # a second Ctrl-C: the guard goes on by itself
            guard.terminate()
            raise

    def settings(self, settings: Settings) -> Settings:
        """The settings for a deployment on this stack."""
        return on_this_machine(replace(settings, endpoint_url=self.endpoint_url))


def on_this_machine(settings: Settings) -> Settings:
    """What is so of every deployment on the embedded stack.

    Two functions of two instances share this machine's cores; calls by HTTP start more, as many as fit into half
    of its memory. The function URL is open: only programs on this machine reach it.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    calls = max(4, min(settings.http_concurrency, memory // 2 // INSTANCE_BYTES))
    return replace(
        settings, embedded=True, package="local", max_concurrency=2, http_concurrency=calls, public_url=True
    )  # fmt: skip


@contextmanager
def run_embedded(settings: Settings, gallery: Path) -> Iterator[Deployment]:
    """An embedded stack with everything deployed and the gallery enrolled, for the length of the block."""
    from src.aws.deploy import up
    from src.aws.enroll import enroll

    with EmbeddedStack() as stack:
        deployment = up(stack.settings(settings))
        enroll(deployment.settings(settings), gallery)
        yield deployment


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def _environment(port: int, folder: Path, endpoint: str) -> dict[str, str]:
    # Nothing of this machine's AWS configuration reaches the stack or its functions.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FACELANE_"))}
    return kept | {
        MARK: uuid.uuid4().hex,
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "AUTH": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LOG_LEVEL": os.environ.get("FACELANE_STACK_LOG", "WARNING"),
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "PYTHONUNBUFFERED": "1",
    }


def _is_ready(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _last_lines(folder: Path) -> str:
    log = folder / "stack.log"
    if not log.is_file():
        return ""
    lines = log.read_text(errors="replace").strip().splitlines()[-3:]
    return " It last said: " + " / ".join(lines) if lines else ""
