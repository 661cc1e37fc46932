"""Frames of 720p for a benchmark, made from any folder of pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image, ImageOps

SIZE = (1280, 720)
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def write_frames(source: Path, target: Path, count: int) -> list[Path]:
    """count frames in target: the pictures of source in turn, letterboxed to 720p where they are of another size."""
    pictures = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES)
    if not pictures:
        raise SystemExit(f"There are no pictures in {source}.")
    target.mkdir(parents=True)
    made: list[Path] = []
    for number in range(count):
        path = target / f"{number:04d}.jpg"
        if number < len(pictures):
            _write(pictures[number], path)
        else:
            shutil.copyfile(made[number % len(pictures)], path)
        made.append(path)
    return made


def _write(source: Path, target: Path) -> None:
    with Image.open(source) as picture:
        if picture.size == SIZE and picture.format == "JPEG":
            shutil.copyfile(source, target)
        else:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            ImageOps.pad(upright, SIZE, Image.Resampling.BICUBIC).save(target, quality=90)
