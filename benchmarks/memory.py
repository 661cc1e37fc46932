"""How much memory this process took. Small, because it is loaded into processes whose start is timed."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_mb() -> float:
    """The largest resident memory so far, in MB of 10**6 bytes."""
    try:  # getrusage counts what the parent had when it started this process
        with Path("/proc/self/status").open(encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1e3
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
