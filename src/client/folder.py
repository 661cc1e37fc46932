"""Which files of a folder are frames."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from src.pipeline.errors import UsageError

FRAME_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})


def check_folder(folder: Path) -> None:
    """Raises UsageError when there is no such folder."""
    if not folder.exists():
        raise UsageError(f"The input folder {folder} does not exist.")
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder. Give the folder that holds the frames.")


def files_in(folder: Path) -> Iterator[tuple[str, bool]]:
    """Every file below a folder in name order, as (path relative to it, whether it is a frame by its suffix).

    Hidden folders are left out; hidden files are no frames. A folder that cannot be listed raises UsageError.
    """
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be read: {error.strerror}.") from None
    for path in entries:
        hidden = path.name.startswith(".") and not path.name.startswith("..")
        if not path.is_dir():
            yield path.name, not hidden and path.suffix.lower() in FRAME_SUFFIXES and not _is_special(path)
        elif not hidden and not _leads_back(path):
            for name, is_frame in files_in(path):
                yield f"{path.name}/{name}", is_frame


def _is_special(path: Path) -> bool:
    """Whether it is a pipe, socket or device: reading one may never end. A file that is not there is none."""
    try:
        mode = path.stat().st_mode
    except OSError:  # a dangling link, say: its upload will tell what is wrong with it
        return False
    return not stat.S_ISREG(mode)


def _leads_back(folder: Path) -> bool:
    """Whether it is a link to a folder that it lies in: walking it would give every frame forty times."""
    above = folder.parent.resolve()
    return folder.is_symlink() and folder.resolve() in (above, *above.parents)
