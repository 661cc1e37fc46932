"""Many small frames through the embedded stack: does memory grow, are files left open or lying about?

``python -m benchmarks.soak --frames 10000 --json FILE``. Every few seconds the resident memory and the open files of
each function's process and of the client are looked at, and the files in the processes' temporary folder. Growth is a
straight line through all looks after the first hundred frames.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.faults.frames import write_bases, write_frames
from benchmarks.faults.injectors import Processes
from src.aws.deploy import up
from src.aws.enroll import enroll
from src.aws.local import EmbeddedStack
from src.client.ledger import Ledger
from src.pipeline.errors import UsageError
from src.pipeline.settings import PROJECT_ROOT, Settings

LOOK_EVERY_S = 2.0
WARM_UP = 100  # frames answered in all


@dataclass(frozen=True)
class Look:
    """One process at one time. files: open ones, sockets and pipes included."""

    frames: int
    seconds: float
    rss_mb: float
    files: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=10_000, metavar="N")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="S", help="break off after so long")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facelane-soak-") as name:
        found = soak(options.frames, Path(name), options.seconds)
    text = json.dumps(found, indent=2)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    print(json.dumps(found | {"processes": {n: {**p, "looks": len(p["looks"])} for n, p in found["processes"].items()}},
                     indent=2))  # fmt: skip
    return 0


def soak(frames: int, folder: Path, longest_s: float) -> dict[str, Any]:
    """The figures of one run of the client over that many frames, broken off after longest_s seconds."""
    write_frames(write_bases(folder / "bases"), folder / "frames", frames)
    base = Settings.load({}, prefix="soak", recognizer="dlib", deployment_file=folder / "deployment.json")
    with EmbeddedStack() as stack:
        deployment = up(stack.settings(base))
        enroll(deployment.settings(base), PROJECT_ROOT / "gallery")
        deployment.save(base.deployment_file)
        client = subprocess.Popen(
            [sys.executable, "-m", "src.client", "--input", str(folder / "frames"), "--out", str(folder / "out")],
            cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL,
            # A shell's background jobs ignore Ctrl-C, and so would their children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env=os.environ | {"FACELANE_DEPLOYMENT_FILE": str(base.deployment_file)},
        )  # fmt: skip
        return _watch(client, stack, folder, longest_s) | {
            "summary": json.loads((folder / "out" / "summary.json").read_text())
        }


def _watch(client: subprocess.Popen[bytes], stack: EmbeddedStack, folder: Path, longest_s: float) -> dict[str, Any]:
    looks: dict[str, list[Look]] = defaultdict(list)
    temporary: list[int] = []
    began, functions = time.monotonic(), Processes(stack.process_id)
    said = 0.0
    while client.poll() is None:
        done, seconds = _answered(folder / "out"), round(time.monotonic() - began, 1)
        for name, process in [(_name(p), p) for p in functions.all()] + [("client", psutil.Process(client.pid))]:
            try:
                rss = process.memory_info().rss / 2**20
                looks[name].append(Look(done, seconds, round(rss, 1), process.num_fds()))
            except psutil.Error:
                continue
        temporary.append(_temporary_files(functions))
        if seconds - said > 60:
            said = seconds
            print(f"{seconds:.0f} s: {done} answered", file=sys.stderr)
        if seconds > longest_s:
            client.send_signal(signal.SIGINT)
            client.wait(60)
        time.sleep(LOOK_EVERY_S)
    return {
        "exit_code": client.returncode,
        "temporary_files": {"first": temporary[0], "most": max(temporary), "last": temporary[-1]},
        "processes": {name: _growth(found) for name, found in looks.items()},
    }


def _growth(looks: list[Look]) -> dict[str, Any]:
    warm = [look for look in looks if look.frames >= WARM_UP]
    found: dict[str, Any] = {"looks": [list(asdict(look).values()) for look in looks]}
    if len(warm) < 3 or warm[-1].frames == warm[0].frames:
        return found
    frames = np.array([look.frames for look in warm], np.float64)
    slope = np.polyfit(frames, [look.rss_mb for look in warm], 1)[0]
    late = [look for look in warm if look.frames >= frames[-1] / 2]
    late_slope = np.polyfit([k.frames for k in late], [k.rss_mb for k in late], 1)[0] if len(late) > 2 else slope
    return found | {
        "rss_mb": {"after_100": warm[0].rss_mb, "most": max(k.rss_mb for k in warm), "last": warm[-1].rss_mb},
        "mb_per_1000_frames": round(float(slope) * 1000, 3),
        "mb_per_1000_frames_in_the_second_half": round(float(late_slope) * 1000, 3),
        "open_files": {"after_100": warm[0].files, "most": max(k.files for k in warm), "last": warm[-1].files},
    }


def _name(process: psutil.Process) -> str:
    try:
        return f"{process.environ().get('AWS_LAMBDA_FUNCTION_NAME', 'function')} {process.pid}"
    except psutil.Error:
        return f"gone {process.pid}"


def _temporary_files(functions: Processes) -> int:
    """Files in the temporary folders that the functions were given."""
    folders = set()
    for process in functions.all():
        try:
            folders.add(process.environ().get("TMPDIR", "/tmp"))
        except psutil.Error:
            continue
    return sum(len(files) for folder in folders for _, _, files in os.walk(folder))


def _answered(out: Path) -> int:
    found = next((out / "runs").glob("*.sqlite"), None)
    if found is None:
        return 0
    try:
        ledger = Ledger(found)
    except UsageError:
        return 0  # it is just being made
    try:
        counts = ledger.counts()
        return counts["total"] - counts["missing"]
    finally:
        ledger.close()


if __name__ == "__main__":
    sys.exit(main())
