"""A process from its start to its first answer, and the memory it took."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Served:
    first_s: float
    peak_mb: float


def served(module: str, arguments: Sequence[str]) -> Served:
    """Run ``python -m module``, which prints a line per frame and at last its ``peak_mb``.

    Raises RuntimeError when it fails.
    """
    begin = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first = time.perf_counter() - begin
        lines = process.stdout.read().splitlines()
    if process.returncode:
        raise RuntimeError(f"{module} ended with exit code {process.returncode}")
    return Served(first, float(lines[-1]))
