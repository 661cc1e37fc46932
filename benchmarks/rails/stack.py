"""One embedded stack with a deployment on it: what its users feel, measured through the client."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import deployment_of
from src.aws.local import EmbeddedStack
from src.aws.packages.package import Package
from src.aws.plan import apply, plan
from src.client.run import begin, run_cloud
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue

PATIENCE_S = 300


@dataclass(frozen=True)
class Rails:
    """settings point at the deployment; handlers names the two functions' entry points, by duty."""

    settings: Settings
    handlers: dict[str, str]

    def run(self, frames: Sequence[Path]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The client's summary, with ``cpu_ms_per_frame``, and its answers. Raises SystemExit when one is missing."""
        with tempfile.TemporaryDirectory() as name:
            folder, out = Path(name) / "in", Path(name) / "out"
            folder.mkdir()
            for frame in frames:
                shutil.copyfile(frame, folder / frame.name)
            before = self.cpu_s()
            with begin(folder, out) as run:
                summary = run_cloud(run, self.settings)
                answers = [frame.answer for frame in run.ledger.frames() if frame.answer is not None]
        if summary["missing"] or summary["status"]["failed"]:
            raise SystemExit(f"Frames without an answer: {summary}")
        used = {part: (seconds - before[part]) * 1000 / len(frames) for part, seconds in self.cpu_s().items()}
        return summary | {"cpu_ms_per_frame": {part: round(ms, 2) for part, ms in used.items()}}, answers

    def seconds_to_answer(self, frame: Path) -> tuple[float, float]:
        """From the begin of the upload of one frame to its answer; and of the processor in both functions.

        On a cold stack the latter is all that their processes have used since they were started.
        """
        summary, (answer,) = self.run([frame])
        used = summary["cpu_ms_per_frame"]
        return float(answer["timings"]["end_to_end_s"]), sum(used[duty] for duty in self.handlers) / 1000

    def chill(self) -> None:
        """End every process of both functions, as a stack has none that was not used for long.

        A deployment leaves some: S3 tells the queue that it will be told of frames, and that event starts a function.
        """
        connection, aws = Connection(self.settings), Account(self.settings)
        queues = [Queue(connection, self.settings.need(name)) for name in ("frame_queue_url", "req_queue_url")]
        _until(lambda: not any(queue.depth() for queue in queues))
        for function in (aws.names.detection_function, aws.names.recognition_function):
            aws.client("lambda").update_function_configuration(FunctionName=function, Description="cold")
        for duty in self.handlers:
            for process in self._processes(duty):
                process.kill()
        _until(lambda: not any(True for duty in self.handlers for _ in self._processes(duty)))

    def peak_mb(self) -> dict[str, list[float]]:
        """The largest resident memory that each process of each function has had, by duty."""
        return {duty: [_peak_mb(process.pid) for process in self._processes(duty)] for duty in self.handlers}

    def cpu_s(self) -> dict[str, float]:
        """Processor time so far of each function, of the stack itself, and of this process, which is the client."""
        used = {duty: sum(map(_cpu_s, self._processes(duty))) for duty in self.handlers}
        return used | {"stack": sum(map(_cpu_s, self._processes("stack"))), "client": time.process_time()}

    def _processes(self, duty: str) -> Iterator[psutil.Process]:
        words = {"awslambdaric", self.handlers[duty]} if duty in self.handlers else {"src.aws.stack_server"}
        mine = {("FACELANE_ENDPOINT_URL", self.settings.endpoint_url), ("AWS_ENDPOINT_URL", self.settings.endpoint_url)}
        for process in psutil.process_iter():
            try:
                if words <= set(process.cmdline()) and mine & set(process.environ().items()):
                    yield process
            except psutil.Error:
                continue  # another user's, or gone meanwhile


@contextmanager
def rails(base: Settings, package: Package, fill: Callable[[Settings], None]) -> Iterator[Rails]:
    """A new stack with the package deployed; fill puts the gallery where it belongs. Ended with the block."""
    with EmbeddedStack() as stack:
        aws = Account(stack.settings(base))
        for _ in apply(aws, plan(aws, blueprint.everything(aws, package))):
            pass
        settings = deployment_of(aws).settings(base)
        fill(settings)
        handlers = {duty: package.configuration(aws, duty)["Handler"] for duty in ("detection", "recognition")}
        yield Rails(replace(settings, timeout_s=300), handlers)


def median(values: Sequence[float], digits: int = 3) -> float:
    return round(statistics.median(values), digits)


def _until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not there():
        if time.monotonic() > until:
            raise SystemExit("The stack does not come to rest.")
        time.sleep(0.2)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
