"""Which images of a folder have newly arrived, and are there completely."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from src.client.folder import files_in

SETTLED_S = 0.5  # a file with a proper end that did not change for so long is complete
GIVEN_UP_S = 10.0  # and so is one without: what is wrong with it is then for the answer to say
TAIL = 64

_ENDS = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".jpe": b"\xff\xd9", ".png": b"IEND\xaeB`\x82", ".gif": b";"}


@dataclass
class _File:
    """state: size and time of change; since: when it was first seen so (monotonic seconds)."""

    state: tuple[int, int]
    since: float
    taken: bool


class Arrivals:
    """Looks at a folder again and again. existing: whether what is there at the first look has arrived, too."""

    def __init__(self, folder: Path, *, existing: bool) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}
        self.left = 0  # files that were there before
        if not existing:
            for name, state in self._states().items():
                self._files[name] = _File(state, 0.0, taken=True)
            self.left = len(self._files)

    def look(self, *, last: bool = False) -> list[str]:
        """Images that are complete now and were not before, or changed since; by name.

        last: there is no later look, so that a file with a proper end need not settle.
        Raises UsageError when the folder cannot be read.
        """
        now, states = time.monotonic(), self._states()
        self._files = {name: file for name, file in self._files.items() if name in states}
        for name, state in states.items():
            file = self._files.get(name)
            if file is None or file.state != state:
                self._files[name] = _File(state, now, taken=False)
        found = [name for name, file in self._files.items() if not file.taken and self._complete(name, file, now, last)]
        for name in found:
            self._files[name].taken = True
        return sorted(found)

    def incomplete(self) -> int:
        return sum(not file.taken for file in self._files.values())

    def _complete(self, name: str, file: _File, now: float, last: bool) -> bool:
        quiet = now - file.since
        if quiet >= GIVEN_UP_S:
            return True
        return (last or quiet >= SETTLED_S) and has_its_end(self._folder / name)

    def _states(self) -> dict[str, tuple[int, int]]:
        found = {}
        for name, is_frame in files_in(self._folder):
            if is_frame:
                try:
                    status = (self._folder / name).stat()
                except OSError:
                    continue  # it was taken away meanwhile
                found[name] = (status.st_size, status.st_mtime_ns)
        return found


def has_its_end(path: Path) -> bool:
    """Whether a picture ends as its format does; False for formats that do not tell."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            tail = file.read().rstrip(b"\0\r\n")
    except OSError:
        return False
    if head[:4] == b"RIFF":
        return size >= int.from_bytes(head[4:8], "little") + 8
    if head[:2] == b"BM":
        return size >= int.from_bytes(head[2:6], "little")
    end = _ENDS.get(path.suffix.lower())
    return end is not None and tail.endswith(end)
