"""How this process's memory is given back to the system: not while frames come."""

from __future__ import annotations

import ctypes
import sys

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # mallopt's numbers for them
LARGEST, KEPT = 16 * 2**20, 64 * 2**20  # bytes


def keep_freed_memory() -> None:
    """Let arrays of up to 16 MB be made of what earlier ones left, of which up to 64 MB stay with the process.

    By itself glibc takes new pages from the system for each array above 128 KB and gives them back when it is
    freed, until it has seen a larger one freed. A frame is a hundred such arrays: new pages cost it up to 10 ms.
    Without glibc this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(MMAP_THRESHOLD, LARGEST)
        library.mallopt(TRIM_THRESHOLD, KEPT)
