"""Ours beside facenet-pytorch on torch: the same frames, the same threads, one after the other; medians.

``python -m benchmarks.vs_reference --frames DIR --threads 1 --json FILE``; docs in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import floor
from benchmarks.packages import megabytes, without_cuda
from benchmarks.processes import served
from src.pipeline.settings import PROJECT_ROOT, Settings

Picture = NDArray[np.uint8]
THREADS_OF = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
HEIGHTS = (360, 720, 1080)
SERVED = ("openvino", "dlib-bin", "face_recognition_models", "numpy", "Pillow", "aws-lambda-powertools", "boto3")
REFERENCE = ("facenet-pytorch", "torch", "torchvision", "numpy", "Pillow", "boto3")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vs_reference", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=Path, default=PROJECT_ROOT / "input_folder", help="a folder of photos")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="how often each 720p frame is timed")
    parser.add_argument("--timed", type=int, default=12, help="how many frames are timed; all are compared")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    wanted = dict.fromkeys(THREADS_OF, str(options.threads))
    if not wanted.items() <= os.environ.items():  # numpy and torch read them when they are loaded
        own = list(arguments) if arguments is not None else sys.argv[1:]
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.vs_reference", *own], os.environ | wanted)
    photos = [Image.open(path).convert("RGB") for path in photos_in(options.frames)]
    if not photos:
        print(f"{options.frames} holds no photos.", file=sys.stderr)
        return 2
    figures = {
        "machine": machine(), "threads": options.threads, "frames": len(photos),
        **detection(photos, options), **parity(photos, options.threads), **embedding(options),
        **processes(photos, options.threads), **packages(),
    }  # fmt: skip
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def photos_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})


def at_height(photo: Image.Image, height: int) -> Picture:
    return np.asarray(photo.resize((max(1, round(photo.width * height / photo.height)), height)))


def framed(photo: Image.Image) -> Picture:
    """A 1280 × 720 frame: the photo on a blurred copy of itself, as players fill a screen."""
    if photo.size == (1280, 720):
        return np.asarray(photo)
    frame = photo.resize((32, 18)).resize((1280, 720), Image.Resampling.BICUBIC)
    inner = photo.copy()
    inner.thumbnail((1280, 720))
    frame.paste(inner, ((1280 - inner.width) // 2, (720 - inner.height) // 2))
    return np.asarray(frame)


def detection(photos: list[Image.Image], options: argparse.Namespace) -> dict[str, Any]:
    detector, reference = ours(options.threads), theirs(options.threads)
    frames = [framed(photo) for photo in photos[: options.timed]]
    seconds = interleaved((detector.detect, reference), frames, options.rounds)
    settings, stages = detector.settings, []
    for frame in frames:
        stages.append(candidates(detector, frame))
    rnet, onet = (statistics.median(counts) for counts in zip(*stages, strict=True))
    work, peak = floor.operations(settings, 720, 1280, int(rnet), int(onet)), floor.peak()
    return {
        "detect_ratio": seconds[1] / seconds[0],
        "detect_ms_ours": seconds[0] * 1e3,
        "detect_ms_reference": seconds[1] * 1e3,
        "floor_gflop_per_frame": work / 1e9,
        "floor_peak_gflops": peak / 1e9,
        "floor_ms": work / peak * 1e3,
        "share_of_floor": work / peak / seconds[0],
    }


def candidates(detector: Any, frame: Picture) -> tuple[int, int]:
    """How many boxes reach R-Net and O-Net."""
    from src.pipeline.area import SummedArea
    from src.pipeline.boxes import squared

    sums = SummedArea(frame, detector.kernels)
    proposed = squared(detector.proposer.propose(sums))
    return len(proposed), len(detector._refine(sums, proposed))


def parity(photos: list[Image.Image], threads: int) -> dict[str, Any]:
    from tests.parity import Parity, reference_faces

    detector, found = ours(threads), Parity()
    for photo in photos:
        for picture in (np.asarray(photo), *(at_height(photo, height) for height in HEIGHTS)):
            if picture.size <= 3 * 1920 * 1200:
                found.add(detector.detect(picture), reference_faces(picture))
    return found.figures()


def embedding(options: argparse.Namespace) -> dict[str, Any]:
    """InceptionResnetV1 with seeded random weights: what it computes with does not change how long it takes."""
    import torch
    from facenet_pytorch import fixed_image_standardization

    from benchmarks.random_weights import embedders

    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        ours, half, network = embedders(Path(folder), options.threads)
        crops = np.random.default_rng(0).integers(0, 256, (8, 160, 160, 3), np.uint8)

        def reference(batch: Picture) -> NDArray[np.float32]:
            with torch.no_grad():
                # Channels first in memory, as facenet-pytorch's extract_face hands a face over.
                data = torch.from_numpy(np.ascontiguousarray(batch.transpose(0, 3, 1, 2), np.float32))
                embeddings: NDArray[np.float32] = network(fixed_image_standardization(data)).numpy()
            return embeddings

        calls = (ours.embed, reference, half.embed)
        one = interleaved(calls, [crops[:1]], 4 * options.rounds)
        eight = interleaved(calls, [crops], options.rounds)
        cosines = [float((embed(crops) * reference(crops)).sum(axis=1).min()) for embed in (ours.embed, half.embed)]
    return {
        "embed_ratio": one[1] / one[0], "embed_ms_ours": one[0] * 1e3, "embed_ms_reference": one[1] * 1e3,
        "embed_batch_ratio": eight[1] / eight[0], "min_cosine": cosines[0],
        "embed_ratio_bf16": one[1] / one[2], "embed_batch_ratio_bf16": eight[1] / eight[2],
        "min_cosine_bf16": cosines[1],
    }  # fmt: skip


def processes(photos: list[Image.Image], threads: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, photo in enumerate(photos[:10]):
            paths.append(str(Path(folder) / f"{number}.jpg"))
            Image.fromarray(framed(photo)).save(paths[-1], quality=92)
        runs: dict[str, list[Any]] = {"ours": [], "reference": []}
        for _ in range(5):
            for name, found in runs.items():
                found.append(served(f"benchmarks.serve_{name}", [str(threads), *paths]))
    cold = {name: statistics.median(run.first_s for run in found) for name, found in runs.items()}
    peak = {name: statistics.median(run.peak_mb for run in found) for name, found in runs.items()}
    return {
        "cold_ratio": cold["reference"] / cold["ours"], "cold_s_ours": cold["ours"],
        "cold_s_reference": cold["reference"], "rss_ratio": peak["reference"] / peak["ours"],
        "rss_mb_ours": peak["ours"], "rss_mb_reference": peak["reference"],
    }  # fmt: skip


def packages() -> dict[str, Any]:
    return {
        "package_mb_ours": megabytes(SERVED),
        "package_mb_reference": megabytes(REFERENCE),
        "package_mb_reference_without_cuda": megabytes(REFERENCE, without_cuda),
    }


def ours(threads: int) -> Any:
    from src.pipeline.detector import Detector

    return Detector.load(Settings.load({}, threads=threads))


def theirs(threads: int) -> Callable[[Picture], Any]:
    import torch

    from tests.parity import reference_detector

    torch.set_num_threads(threads)
    return lambda frame: reference_detector().detect(Image.fromarray(frame), landmarks=True)


def interleaved(calls: Sequence[Callable[[Any], Any]], inputs: Sequence[Any], rounds: int) -> list[float]:
    """Each call's median seconds over all inputs; every input is given to one call right after the other."""
    seconds: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds + 1):
        for data in inputs:
            for call, spent in zip(calls, seconds, strict=True):
                begin = time.perf_counter()
                call(data)
                if turn:  # the first round warms up
                    spent.append(time.perf_counter() - begin)
    return [statistics.median(spent) for spent in seconds]


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} CPUs, Python {platform.python_version()}"


if __name__ == "__main__":
    raise SystemExit(main())
