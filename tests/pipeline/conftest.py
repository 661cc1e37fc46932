"""What the exported models are tested with."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from src.pipeline.kernels import Kernels
from src.pipeline.manifest import Manifest
from src.pipeline.settings import Settings


@pytest.fixture(scope="session")
def kernels() -> Kernels:
    folder = Settings.load({}).models_dir
    return Kernels.load(folder, Manifest.load(folder))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a models folder of the test's own, to break."""
    settings = Settings.load({}, threads=1)
    shutil.copytree(settings.models_dir, tmp_path / "models")
    return replace(settings, models_dir=tmp_path / "models")
