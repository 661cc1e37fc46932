"""The whole pipeline on the embedded stack, beside the same work in one process and beside naive handlers.

``python -m benchmarks.pipeline --frames DIR --count N --json FILE``. Each round starts a new stack for each of them
in turn, so that a change in the machine's load reaches all alike: the first answer of the cold stack, a warm-up, a
run of many frames, single frames one after another, and the memory of every process. Figures are medians over rounds.
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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.naive.package import NaivePackage
from benchmarks.rails.frames import write_frames
from benchmarks.rails.models import write_models, write_naive_gallery
from benchmarks.rails.stack import Rails, median, rails
from src.aws.enroll import enroll
from src.aws.packages.local import LocalPackage
from src.pipeline.enrollment import photos_in
from src.pipeline.settings import PROJECT_ROOT, Settings
from tests.random_weights import MODEL, random_checkpoint

GALLERY = PROJECT_ROOT / "gallery"
WARM_UP = 12  # frames at once, so that both processes of each function have had some
SYSTEMS = ("ours", "ours-dlib", "naive", "naive-1-thread")
Measured = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=Path, default=PROJECT_ROOT / "input_folder", metavar="DIR",
                        help="pictures, letterboxed to 720p; default: input_folder/")  # fmt: skip
    parser.add_argument("--count", type=int, default=256, metavar="N", help="frames of a run of ours (default 256)")
    parser.add_argument("--naive-count", type=int, default=32, metavar="N", help="of a naive run (default 32)")
    parser.add_argument("--singles", type=int, default=15, metavar="N", help="frames sent one by one (default 15)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), metavar="NAME",
                        help=", ".join(SYSTEMS))  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measure(options, Path(name))
    text = json.dumps(found, indent=2)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


def measure(options: argparse.Namespace, folder: Path) -> Measured:
    """Every round of every system, and what follows from them."""
    frames = write_frames(options.frames, folder / "frames", max(options.count, options.naive_count, WARM_UP))
    checkpoint = random_checkpoint(folder / "checkpoint.pt")
    models = write_models(folder / "models", checkpoint)
    photos = list(photos_in(GALLERY))
    naive_gallery = write_naive_gallery(folder / "gallery.pt", checkpoint, photos)
    ours = Settings.load({}, models_dir=models, recognizer=MODEL)
    dlib = Settings.load({}, models_dir=models, recognizer="dlib")
    # The time out leaves room for their cold start on a busy machine, which would otherwise begin again.
    one_by_one = Settings.load(
        {}, models_dir=models, recognizer=MODEL, detection_batch=1, recognition_batch=1, function_timeout_s=300
    )
    opened: dict[str, Callable[[], AbstractContextManager[Rails]]] = {
        "ours": partial(rails, ours, LocalPackage(), _enrolled),
        "ours-dlib": partial(rails, dlib, LocalPackage(), _enrolled),
        "naive": partial(rails, one_by_one, NaivePackage(checkpoint, naive_gallery, None), _nothing),
        "naive-1-thread": partial(rails, one_by_one, NaivePackage(checkpoint, naive_gallery, 1), _nothing),
    }
    rounds: list[Measured] = []
    for number in range(1, options.rounds + 1):
        this: Measured = {}
        for system in options.systems:
            count = options.naive_count if system.startswith("naive") else options.count
            this[system] = _on_a_stack(opened[system], frames[:count], frames[: options.singles], frames[:WARM_UP])
            _say(number, system, this[system])
            if system in ("ours", "ours-dlib"):
                settings = ours if system == "ours" else dlib
                this[f"{system}-local"] = _in_one_process(settings, frames[:count], folder)
                _say(number, f"{system}-local", this[f"{system}-local"])
        rounds.append(this)
    medians = {system: _medians([this[system] for this in rounds]) for system in rounds[0]}
    machine = {"cpus": len(os.sched_getaffinity(0)), "machine": platform.machine(), "python": platform.python_version()}
    return {"machine": machine, "frames": options.count, "rounds": options.rounds, "systems": medians,
            "ratios": dict(_ratios(medians)), "each_round": rounds}  # fmt: skip


def _on_a_stack(
    opened: Callable[[], AbstractContextManager[Rails]], many: list[Path], singles: list[Path], warm_up: list[Path]
) -> Measured:
    with opened() as stack:
        stack.chill()
        cold, cold_cpu = stack.seconds_to_answer(singles[0])
        for _ in range(2):
            stack.run(warm_up)
        summary, _ = stack.run(many)
        single = [stack.seconds_to_answer(frame)[0] for frame in singles]
        peaks = stack.peak_mb()
    return {
        "cold_first_answer_s": round(cold, 3),
        "cold_cpu_s": round(cold_cpu, 3),
        "frames_per_s": summary["frames_per_s"],
        "single_frame_s": median(single, 4),
        "cpu_ms_per_frame": summary["cpu_ms_per_frame"],
        "cpu_ms": round(sum(summary["cpu_ms_per_frame"].values()), 1),
        "peak_mb": {duty: [round(mb, 1) for mb in found] for duty, found in peaks.items()},
        "peak_mb_per_process": median([mb for found in peaks.values() for mb in found], 1),
        "stages_p50_s": {stage: found["p50"] for stage, found in summary["stages"].items()},
    }


def _in_one_process(settings: Settings, frames: list[Path], folder: Path) -> Measured:
    """The client's ``--exec-type local``, which does the same to the same frames without any cloud."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with _linked(frames) as source:
        out = folder / "out"
        command = ["-m", "src.client", "--exec-type", "local", "--input", str(source), "--out", str(out)]
        env = {"FACELANE_MODELS_DIR": str(settings.models_dir), "FACELANE_RECOGNIZER": settings.recognizer}
        subprocess.run(
            [sys.executable, *command], cwd=PROJECT_ROOT, env=os.environ | env, stdout=subprocess.DEVNULL, check=True
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary = json.loads((out / "summary.json").read_text())
    stages = {stage: found["p50"] for stage, found in summary["stages"].items()}
    return {
        "frames_per_s": summary["frames_per_s"],
        "single_frame_s": round(stages["end_to_end_s"], 4),
        # its start and the gallery included, which many frames make small
        "cpu_ms": round((after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime) * 1000 / len(frames), 1),
        "stages_p50_s": stages,
    }


@contextmanager
def _linked(frames: list[Path]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        for frame in frames:
            (Path(name) / frame.name).symlink_to(frame)
        yield Path(name)


def _medians(rounds: list[Measured]) -> Measured:
    names = ("cold_first_answer_s", "cold_cpu_s", "frames_per_s", "single_frame_s", "peak_mb_per_process", "cpu_ms")
    return {name: median([this[name] for this in rounds]) for name in names if name in rounds[0]}


def _ratios(medians: dict[str, Measured]) -> Iterator[tuple[str, float]]:
    for system in ("ours", "ours-dlib"):
        if system in medians:
            stack, local = medians[system], medians[f"{system}-local"]
            cost = 1 - stack["frames_per_s"] / local["frames_per_s"]
            yield f"{system}: share of throughput that the hops cost", round(cost, 3)
            yield (
                f"{system}: processor time of a frame, stack and client included, over one process",
                round(stack["cpu_ms"] / local["cpu_ms"], 3),
            )
            added = stack["single_frame_s"] - local["single_frame_s"]
            yield f"{system}: added latency of a single frame, p50, s", round(added, 4)
    for naive in ("naive", "naive-1-thread"):
        if naive in medians and "ours" in medians:
            ours, theirs = medians["ours"], medians[naive]
            yield f"{naive}: frames/s, ours over theirs", round(ours["frames_per_s"] / theirs["frames_per_s"], 2)
            for name in ("cold_first_answer_s", "cold_cpu_s", "single_frame_s", "peak_mb_per_process", "cpu_ms"):
                yield f"{naive}: {name}, theirs over ours", round(theirs[name] / ours[name], 2)


def _enrolled(settings: Settings) -> None:
    enroll(settings, GALLERY)


def _nothing(_: Settings) -> None:
    return


def _say(number: int, system: str, found: Measured) -> None:
    short = {name: value for name, value in found.items() if isinstance(value, int | float)}
    print(f"round {number}, {system}: {short}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
