"""The naive functions as a package of the deployer, so that everything around them is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from src.aws.account import Account
from src.aws.packages.local import LocalPackage

HANDLERS = {"detection": "benchmarks.naive.detection.handler", "recognition": "benchmarks.naive.recognition.handler"}


class NaivePackage(LocalPackage):
    """threads: of torch in each process; None leaves its default, all of the machine's cores."""

    def __init__(self, checkpoint: Path, gallery: Path, threads: int | None) -> None:
        self._env = {"NAIVE_CHECKPOINT": str(checkpoint), "NAIVE_GALLERY": str(gallery)}
        if threads is not None:
            self._env |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}

    def configuration(self, aws: Account, duty: str) -> dict[str, Any]:
        return super().configuration(aws, duty) | {"Handler": HANDLERS[duty]}

    def environment(self, aws: Account) -> dict[str, str]:
        return self._env
