"""An HTTP proxy between everybody and the embedded stack, which injects the faults of a Weather."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from benchmarks.faults.weather import Weather

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect", "server", "date"}
# As the services say them; botocore takes the error's name from the body.
FAULTS = {
    "s3": [(500, "InternalError"), (503, "SlowDown"), (503, "ServiceUnavailable")],
    "sqs": [(500, "InternalFailure"), (503, "ServiceUnavailable"), (400, "RequestThrottled")],
    "dynamodb": [(500, "InternalServerError"), (400, "ThrottlingException"),
                 (400, "ProvisionedThroughputExceededException")],
}  # fmt: skip


class Proxy(ThreadingHTTPServer):
    """responses: how often the functions answered a frame; retries and injected duplicates are not counted."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str, weather: Weather) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urlsplit(upstream).netloc
        self.weather = weather
        self.responses: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        return  # a client that was killed closes its connections anyhow


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self._upstream: http.client.HTTPConnection | None = None

    def finish(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
        super().finish()

    def log_message(self, *arguments: object) -> None:
        return

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        weather = self.server.weather
        if weather.is_cut():
            self.close_connection = True
            return
        if weather.happens("errors"):
            status, code = weather.pick(FAULTS[self._service()])
            self._reply(status, self._fault(code), {})
            return
        self._count(body)
        status, answer, headers = self._forward(body)
        if status < 300 and self._brings_work() and weather.happens("duplicates"):
            again = _Again(self.server.upstream, self.command, self.path, body, self._headers())
            later = threading.Timer(weather.late(), again)
            later.daemon = True
            later.start()
        if weather.happens("lost_replies"):
            self.close_connection = True
            return
        self._reply(status, answer, headers)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

    def _service(self) -> str:
        target = self.headers.get("X-Amz-Target", "")
        return "dynamodb" if target.startswith("DynamoDB") else "sqs" if target.startswith("AmazonSQS") else "s3"

    def _brings_work(self) -> bool:
        """A frame's upload, which makes an S3 event, or a message."""
        upload = self.command == "PUT" and "/frames/" in self.path
        return upload or self.headers.get("X-Amz-Target", "").endswith(".SendMessage")

    def _count(self, body: bytes) -> None:
        if not self.headers.get("X-Amz-Target", "").endswith(".SendMessage"):
            return
        sent = json.loads(body)
        if sent["QueueUrl"].endswith("-resp-queue") and self.headers.get("amz-sdk-request", "").startswith("attempt=1"):
            try:
                self.server.responses[json.loads(sent["MessageBody"])["request_id"]] += 1
            except (ValueError, KeyError, TypeError):
                return  # poison

    def _fault(self, code: str) -> bytes:
        if self._service() == "s3":
            return f"<Error><Code>{code}</Code><Message>Injected.</Message></Error>".encode()
        return json.dumps({"__type": f"com.amazonaws#{code}", "message": "Injected."}).encode()

    def _headers(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name.lower() not in HOP}

    def _forward(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if self._upstream is None:
            self._upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            self._upstream.request(self.command, self.path, body, self._headers())
            answer = self._upstream.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        except (OSError, http.client.HTTPException):
            self._upstream.close()
            return 503, self._fault("ServiceUnavailable"), {}

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        length = headers.get("Content-Length", headers.get("content-length", "0"))
        for name, value in headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Again:
    """Sends a request once more; whatever comes back is nobody's."""

    def __init__(self, upstream: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        self._call = (upstream, method, path, body, headers)

    def __call__(self) -> None:
        upstream, method, path, body, headers = self._call
        connection = http.client.HTTPConnection(upstream, timeout=30)
        try:
            connection.request(method, path, body, headers)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return  # the stack has ended
        finally:
            connection.close()


@contextmanager
def proxied(upstream: str, weather: Weather) -> Iterator[Proxy]:
    """A proxy on a free port of the loopback interface, for the length of the block."""
    with Proxy(upstream, weather) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
