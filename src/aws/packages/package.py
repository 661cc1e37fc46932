"""What a package of the functions is to the deployer."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from src.aws.account import Account
from src.pipeline.settings import PROJECT_ROOT

HANDLERS = {"detection": "face_detection.handler.handler", "recognition": "face_recognition.handler.handler"}
SOURCES = ("src/pipeline", "src/lambda")
Progress = Callable[[str], None]


class Package(ABC):
    """Code and networks of both functions in one piece; a function is told apart by its handler."""

    name: str

    @abstractmethod
    def fingerprint(self, aws: Account) -> str:
        """Changes when what would be deployed changes; known without building anything."""

    @abstractmethod
    def configuration(self, aws: Account, duty: str) -> dict[str, Any]:
        """Runtime, handler or command, for create_function and update_function_configuration."""

    def check(self, aws: Account) -> None:
        """Raises UsageError when this machine lacks what delivering takes; called before anything is touched."""
        return

    @abstractmethod
    def deliver(self, aws: Account, progress: Progress) -> dict[str, Any]:
        """Build it, bring it to where Lambda takes it from, and say where that is, as create_function's Code."""

    def environment(self, aws: Account) -> dict[str, str]:
        """Environment variables that this way of packing needs."""
        return {}


def fingerprint_of(files: Iterable[Path], *also: str) -> str:
    """Of the files' names and contents, and of some words."""
    sums = hashlib.sha256(json.dumps(also).encode())
    for path in sorted(files):
        sums.update(f"\0{path.relative_to(PROJECT_ROOT).as_posix()}\0".encode())
        sums.update(hashlib.sha256(path.read_bytes()).digest())
    return sums.hexdigest()[:32]


def source_files() -> list[Path]:
    """What the functions are made of, without the networks."""
    found = [path for folder in SOURCES for path in (PROJECT_ROOT / folder).rglob("*") if path.is_file()]
    return [path for path in found if "__pycache__" not in path.parts and not path.name.startswith(".")]
