"""Several cameras at once: how many frames per second are answered, and how long after they were taken.

``python -m benchmarks.cameras [--cameras 1,2,4] [--seconds 60] [--every 0.5] [--json FILE]``. Each camera is a client
of its own, ``python -m src.client --video FILM --realtime``, that plays a film of the sample photos at its own speed
against one embedded stack. Latency counts from the begin of a frame's upload to its answer in the client. All of it
runs on this machine, the decoders of the cameras too; processor time per frame says what is left of it under another
load: ``stack ms`` is that of the stack and both functions, ``cam ms`` that of the clients with their decoders.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from src.aws.local import run_embedded
from src.client.outputs import statistics_of
from src.pipeline.settings import PROJECT_ROOT, Settings
from tests.films import photo, write_film

SHOTS = ("obama_speech.jpg", "hopper_with_a_stranger.jpg", "no_face_rocket.jpg", "four_people.jpg", "stranger.jpg")
SHOT_S, RATE, SIZE = 3, 25, (1280, 720)
WARM_UP_S = 5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cameras", description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", default="1,2,4", help="how many at once, one round after another")
    parser.add_argument("--seconds", type=int, default=60, help="of film in each round")
    parser.add_argument("--every", default="0.5", help="seconds between two frames of a camera")
    parser.add_argument("--json", type=Path, help="write all figures there, too")
    options = parser.parse_args()
    settings = Settings.load()
    with tempfile.TemporaryDirectory() as name, run_embedded(settings, PROJECT_ROOT / "gallery") as deployment:
        folder = Path(name)
        deployment.save(folder / "deployment.json")
        film = make_film(folder / "film.mp4", options.seconds)
        film_round(folder, film, 2, options.every, WARM_UP_S)
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {deployment.recognizer}; "
              f"{SIZE[0]}×{SIZE[1]} at {RATE} frames/s, one every {options.every} s")  # fmt: skip
        print("cameras  offered/s  answered/s   p50 s   p95 s   max s  frames  dropped  missing  stack ms  cam ms")
        found = []
        for cameras in map(int, options.cameras.split(",")):
            figures = film_round(folder, film, cameras, options.every, options.seconds)
            found.append(figures)
            print("{cameras:7}  {offered_per_s:9.1f}  {answered_per_s:10.2f}  {p50:6.2f}  {p95:6.2f}  {max:6.2f}  "
                  "{frames:6}  {dropped:7}  {missing:7}  "
                  "{stack_cpu_ms:8.0f}  {cameras_cpu_ms:6.0f}".format(**figures), flush=True)  # fmt: skip
        if options.json:
            options.json.write_text(json.dumps({"load": os.getloadavg(), "rounds": found}, indent=2) + "\n")
    return 0


def make_film(path: Path, seconds: int) -> Path:
    """Shots of the samples, three seconds each, over and over."""
    pictures = [photo(name, SIZE) for name in SHOTS]
    images = (pictures[n // (SHOT_S * RATE) % len(pictures)] for n in range(seconds * RATE))
    return write_film(path, images, rate=RATE)


def film_round(folder: Path, film: Path, cameras: int, every: str, seconds: int) -> dict[str, Any]:
    """Figures of one round: frames per second from the first upload to the last answer, percentiles of the latency."""
    outs = [folder / f"out{number}" for number in range(cameras)]
    env = os.environ | {"FACELANE_DEPLOYMENT_FILE": str(folder / "deployment.json")}
    flags = ["--video", str(film), "--realtime", "--every", every, "--duration", str(seconds)]
    stack_s, cameras_s = stack_cpu_s(), cameras_cpu_s()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "src.client", "--out", str(out), *flags],
            cwd=PROJECT_ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for out in outs
    ]  # fmt: skip
    for number, client in enumerate(running):
        if client.wait() != 0:
            raise SystemExit(f"Camera {number} ended with code {client.returncode}.")
    summaries = [json.loads((out / "summary.json").read_text()) for out in outs]
    records = [record for out in outs for record in json.loads((out / "detections_aws.json").read_text())]
    latency = statistics_of([record["timings"]["end_to_end_s"] for record in records])
    longest = max(summary["seconds"] for summary in summaries)
    return {
        "cameras": cameras,
        "offered_per_s": round(cameras / float(every), 2),
        "answered_per_s": round(len(records) / longest, 3),
        **{name: latency[name] for name in ("p50", "p95", "p99", "max", "mean")},
        "frames": len(records),
        "dropped": sum(summary["video"]["dropped"] for summary in summaries),
        "missing": sum(summary["missing"] for summary in summaries),
        "stack_cpu_ms": (stack_cpu_s() - stack_s) * 1000 / len(records),
        "cameras_cpu_ms": (cameras_cpu_s() - cameras_s) * 1000 / len(records),
    }


def stack_cpu_s() -> float:
    """Processor time of everything this process started that is still running: the stack and its functions."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(t.user + t.system for t in times)


def cameras_cpu_s() -> float:
    """Processor time of everything this process started that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
