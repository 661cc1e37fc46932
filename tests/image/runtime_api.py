"""Lambda's Runtime API on the loopback interface: hands events to one function's process and takes its answers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

VERSION = "/2018-06-01/runtime"


class FunctionFailed(Exception):
    """The function reported an error, or gave no answer in time."""


class RuntimeApi:
    """Use it with ``with``; address is what AWS_LAMBDA_RUNTIME_API must be."""

    def __init__(self, arn: str, *, timeout_s: float = 60) -> None:
        self.arn, self.timeout_s = arn, timeout_s
        self.begun = time.monotonic()
        self.ready = threading.Event()
        self.init_s = 0.0
        self.failure: str | None = None
        self.waiting: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.answers: dict[str, queue.Queue[tuple[str, Any]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": self}))
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_until_ready(self, timeout_s: float) -> float:
        """Seconds from the making of this object until the function asked for its first event."""
        self.ready.wait(timeout_s)
        if self.failure or not self.ready.is_set():
            raise FunctionFailed(self.failure or "The function did not ask for an event.")
        return self.init_s

    def invoke(self, event: Any) -> Any:
        """The function's answer to an event. Raises FunctionFailed."""
        request_id = str(uuid.uuid4())
        answer = self.answers[request_id] = queue.Queue()
        self.waiting.put((request_id, json.dumps(event).encode()))
        try:
            kind, value = answer.get(timeout=self.timeout_s)
        except queue.Empty:
            raise FunctionFailed(self.failure or f"No answer within {self.timeout_s} s.") from None
        if kind == "error":
            raise FunctionFailed(json.dumps(value))
        return value


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: RuntimeApi

    def do_GET(self) -> None:
        if self.path != f"{VERSION}/invocation/next":
            self._reply(404)
            return
        if not self.api.ready.is_set():
            self.api.init_s = time.monotonic() - self.api.begun
            self.api.ready.set()
        request_id, body = self.api.waiting.get()
        deadline = int((time.time() + self.api.timeout_s) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": self.api.arn,
            "Content-Type": "application/json",
        }
        self._reply(200, body, headers)

    def do_POST(self) -> None:
        body = self._body()
        parts = self.path.removeprefix(f"{VERSION}/").split("/")
        if parts == ["init", "error"]:
            self.api.failure = body.decode(errors="replace")
            self.api.ready.set()
        elif len(parts) == 3 and parts[0] == "invocation" and parts[1] in self.api.answers:
            self.api.answers.pop(parts[1]).put((parts[2], json.loads(body) if body else None))
        else:
            self._reply(404)
            return
        self._reply(202, b'{"status": "OK"}')

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            found = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return
