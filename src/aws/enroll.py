"""Enrolls a folder of people into a deployment's gallery."""

from __future__ import annotations

from pathlib import Path

from src.aws.people.enrolling import Enrolled, enroll_folder
from src.aws.people.office import Office
from src.pipeline.settings import Settings


def enroll(settings: Settings, folder: Path) -> Enrolled:
    """Enroll ``<folder>/<person>/*`` on top of who is enrolled; the functions see it within seconds."""
    return enroll_folder(Office(settings), folder)
