"""Small frames with known answers: copies of a few pictures, each answered once without any cloud."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from src.pipeline.settings import PROJECT_ROOT

SAMPLES = PROJECT_ROOT / "input_folder"
LONGEST_PX = 200
Answer = tuple[str, tuple[str, ...]]  # status, names


def answer_of(record: Mapping[str, Any]) -> Answer:
    return str(record["status"]), tuple(face["name"] for face in record.get("faces", []))


def write_bases(folder: Path) -> list[Path]:
    """The samples, made small so that many of them can be worked on, and one that is no picture."""
    folder.mkdir(parents=True)
    for sample in sorted(SAMPLES.glob("*.[jpgw]*")):
        with Image.open(sample) as opened:
            picture = ImageOps.exif_transpose(opened.convert("RGB"))
        picture.thumbnail((LONGEST_PX, LONGEST_PX))
        picture.save(folder / f"{sample.stem}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"no picture" * 20)
    return sorted(folder.iterdir())


def truth(bases: Path, out: Path) -> dict[str, Answer]:
    """The answer of each base, by a local run of the same pipeline."""
    subprocess.run(
        [sys.executable, "-m", "src.client", "--input", str(bases), "--exec-type", "local", "--out", str(out)],
        cwd=PROJECT_ROOT, check=True, capture_output=True,
        env=os.environ | {"FACELANE_RECOGNIZER": "dlib", "FACELANE_THREADS": "1"},
    )  # fmt: skip
    records = json.loads((out / "detections_local.json").read_text())
    return {record["filename"]: answer_of(record) for record in records}


def write_frames(bases: list[Path], folder: Path, count: int) -> None:
    """count frames, named after the base each is a copy of: ``00042.stranger.png``."""
    folder.mkdir(parents=True)
    for number in range(count):
        base = bases[number % len(bases)]
        shutil.copyfile(base, folder / f"{number:05d}.{base.name}")


def expected_of(filename: str, known: Mapping[str, Answer]) -> Answer:
    return known[filename.split(".", 1)[1]]
