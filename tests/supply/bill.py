"""Holds a bill of materials against the files of its task root."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any


def unlisted(root: Path, bill: dict[str, Any]) -> list[str]:
    """Wheels, shared libraries, networks and sources that are there and not in the bill, or not with these bytes."""
    wheels = {(part["name"], part["version"]) for part in bill["components"] if "version" in part}
    sums = {part["name"]: part["hashes"][0]["content"] for part in _files(bill["components"])}
    found = {f"{wheel.name} {wheel.version}" for wheel in distributions(path=[str(root)])
             if (wheel.name, wheel.version) not in wheels}  # fmt: skip
    ours = [*(root / "models").rglob("*"), *(file for top in ("src", "face_detection", "face_recognition")
                                             for file in (root / top).rglob("*.py"))]  # fmt: skip
    for path in {*root.rglob("*.so"), *root.rglob("*.so.*"), *ours}:
        name = path.relative_to(root).as_posix()
        if path.is_file() and sums.get(name) != hashlib.sha256(path.read_bytes()).hexdigest():
            found.add(name)
    return sorted(found)


def _files(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in components:
        if "hashes" in part:
            yield part
        yield from _files(part.get("components", []))
