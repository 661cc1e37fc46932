"""The installed size of packages and all they need, from their metadata."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

CUDA = re.compile(r"^(nvidia-|cuda-|triton)|/(lib\w*(cuda|cudnn|cublas|nccl|nvshmem|cupti)[^/]*)$")


def needed(names: Iterable[str]) -> dict[str, Distribution]:
    """The packages and, recursively, what they require on this machine."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        for line in found[name].requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def megabytes(packages: Iterable[str], keep: Callable[[str], bool] = lambda _: True) -> float:
    """Installed MB of the packages and what they need; keep: whether a "package" or "package/file" counts."""
    total = 0
    for name, package in needed(packages).items():
        if keep(name):
            paths = (Path(str(package.locate_file(file))) for file in package.files or [])
            total += sum(path.stat().st_size for path in paths if keep(f"{name}/{path.name}") and path.exists())
    return total / 1e6


def without_cuda(name: str) -> bool:
    """Whether a package or file would also be there with PyTorch's CPU-only build."""
    return not CUDA.search(name)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
