"""The file name of a frame says where in the video it is: ``lobby_000012.500.jpg`` is 12.5 s after its beginning."""

from __future__ import annotations

import re
from fractions import Fraction

_TIMED = re.compile(r"_(\d{6,}\.\d{3})\.jpg$")


def frame_name(stem: str, time_s: Fraction) -> str:
    """Sorts by time up to eleven days."""
    return f"{stem}_{float(time_s):010.3f}.jpg"


def time_in(filename: str) -> float | None:
    """Seconds since the beginning of the video, None for a file that is no frame of one."""
    found = _TIMED.search(filename)
    return float(found[1]) if found else None


def clock_face(time_s: float) -> str:
    """``0:01:05.500``"""
    thousandths = round(time_s * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
