"""Deployments whose functions kill themselves where a frame's name says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from src.aws.deploy import down, up
from src.aws.enroll import enroll
from src.aws.local import EmbeddedStack
from src.aws.packages import local
from src.pipeline.settings import Settings
from tests.conftest import GALLERY


@contextmanager
def crashing_deployment(embedded: EmbeddedStack, folder: Path, **flags: object) -> Iterator[tuple[Settings, Path]]:
    """Settings that point at it, and its record. folder: see ``tests.resilience.crashing``, CRASH_DIR."""
    with pytest.MonkeyPatch.context() as patch:
        run = f'export CRASH_DIR={folder}\nexec {{python}} -m tests.resilience.crashing "$_HANDLER"\n'
        patch.setattr(local, "BOOTSTRAP", "\n".join(local.BOOTSTRAP.splitlines()[:2]) + "\n" + run)
        base = Settings.load({}, recognizer="dlib", deployment_file=folder / "deployment.json", **flags)
        deployment = up(embedded.settings(base))
        settings = deployment.settings(base)
        enroll(settings, GALLERY)
        deployment.save(base.deployment_file)
        yield settings, base.deployment_file
        assert down(embedded.settings(base)) == []
