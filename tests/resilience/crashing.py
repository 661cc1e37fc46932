"""A function's process that kills itself at chosen points: ``python -m tests.resilience.crashing HANDLER``.

A frame says by its name where: ``detection.put.jpg`` kills face-detection just before its record is written, once;
with ``-always`` at the end of the point's name, each time. Points, in the order in which a handler passes them:

work      the event is there, nothing is done
put       all is computed, the record is not written
put-done  the record is written, nothing is sent
send      just before a message is sent (a request, or the response)
send-done the message is sent, the handler has not returned
return    the handler has returned; its messages are not deleted yet

CRASH_DIR holds a file for each frame whose crash has happened, and ``mended`` once no more are wanted.

A process that kills itself first cuts short what is left of its messages' visibility timeout: they come back AGAIN_S
after the crash, not six minutes. A short timeout of the queue would do that too, but on a slow machine also give
messages out again that are still worked on, and so double requests and use up tries.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from src.pipeline.dead_letters import frames_of
from src.pipeline.errors import ContractError
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue

FOLDER = Path(os.environ["CRASH_DIR"])
POINTS = ("work", "put", "put-done", "send", "send-done", "return")
QUEUES = {"detection": "frame", "recognition": "req"}
AGAIN_S = 1


class Crasher:
    """Knows which frames are being worked on, and kills the process where one of them wants it."""

    def __init__(self, duty: str) -> None:
        settings = Settings.load()
        self._duty = duty
        self._queue = Queue(Connection(settings), settings.need(f"{QUEUES[duty]}_queue_url"))
        self._frames: list[str] = []
        self._receipts: list[str] = []

    def begins(self, event: Any) -> None:
        records = event.get("Records", [])
        self._receipts = [record["receiptHandle"] for record in records if "receiptHandle" in record]
        self._frames = []
        for body in [record["body"] for record in records if "body" in record] or [json.dumps(event)]:
            try:
                self._frames += [frame.filename for frame in frames_of(body)]
            except ContractError:
                continue

    def at(self, point: str) -> None:
        for name in self._frames:
            duty, wanted = (*name.split("."), "", "")[:2]
            if duty != self._duty or wanted.removesuffix("-always") != point or (FOLDER / "mended").exists():
                continue
            happened = FOLDER / name
            if not happened.exists() or wanted.endswith("-always"):
                happened.touch()
                for receipt in self._receipts:
                    self._queue.retry_in(receipt, AGAIN_S)
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any], before: str, after: str) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.at(before)
            result = call(*args, **kwargs)
            self.at(after)
            return result

        return wrapped


def main(handler_name: str) -> None:
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    from src.pipeline.stores import ResultTable

    module_name, _, function_name = handler_name.rpartition(".")
    crasher = Crasher("detection" if "detection" in module_name else "recognition")
    module = importlib.import_module(module_name)
    ResultTable.record = crasher.around(ResultTable.record, "put", "put-done")
    Queue.send_text = crasher.around(Queue.send_text, "send", "send-done")
    real = getattr(module, function_name)

    def handler(event: Any, context: Any) -> Any:
        crasher.begins(event)
        crasher.at("work")
        result = real(event, context)
        crasher.at("return")
        return result

    setattr(module, function_name, handler)
    bootstrap.run(handler_name, LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"], False))


if __name__ == "__main__":
    main(sys.argv[1])
