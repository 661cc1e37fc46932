"""The frames of a run as they lie on disk, decoded to be looked at."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from src.pipeline.errors import InvalidFrame
from src.pipeline.images import decode_picture
from src.pipeline.settings import Settings


def inside(folder: Path, filename: str) -> Path | None:
    """Where a file of a folder lies; None for a name that leads out of it (records can come from anywhere)."""
    if "\0" in filename or Path(filename).is_absolute() or ".." in Path(filename).parts:
        return None
    return folder / filename


def picture_of(
    folder: Path, filename: str, settings: Settings, *, at_least: int | None = None
) -> tuple[Image.Image, tuple[int, int]] | None:
    """The picture and the (width, height) px of the whole frame; None where it is not there or not readable.

    at_least: see ``decode_picture``.
    """
    path = inside(folder, filename)
    try:
        if path is None or not path.is_file() or path.stat().st_size > settings.max_frame_bytes:
            return None
        return decode_picture(path.read_bytes(), settings, at_least=at_least)
    except (OSError, InvalidFrame, UnicodeError):
        return None
