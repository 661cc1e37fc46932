"""One embedded stack for the whole session; one deployment on it, with the sample gallery enrolled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from src.aws.local import EmbeddedStack
from src.pipeline.deployment import Deployment
from src.pipeline.settings import PROJECT_ROOT, Settings

GALLERY = PROJECT_ROOT / "gallery"
SAMPLES = PROJECT_ROOT / "input_folder"
_number = itertools.count(1)


@dataclass(frozen=True)
class Stack:
    """settings point a client at the deployment; record is the file that tells ``python -m src.client`` of it."""

    deployment: Deployment
    settings: Settings
    record: Path


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedStack]:
    """MiniStack with roles enforced, nothing deployed."""
    with EmbeddedStack() as stack:
        yield stack


@pytest.fixture
def bare(embedded: EmbeddedStack) -> Callable[..., Settings]:
    """Settings for a deployment of one's own: each call has another prefix."""

    def settings(**flags: object) -> Settings:
        prefix = f"test{next(_number)}"
        return embedded.settings(Settings.load({}, prefix=prefix, recognizer="dlib", **flags))

    return settings


@pytest.fixture(scope="session")
def stack(embedded: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The default deployment, with dlib as its recognizer (its weights are on every machine)."""
    from src.aws.deploy import up
    from src.aws.enroll import enroll

    record = tmp_path_factory.mktemp("deployment") / "deployment.json"
    base = Settings.load({}, recognizer="dlib", deployment_file=record, timeout_s=60)
    deployment = up(embedded.settings(base))
    enroll(deployment.settings(base), GALLERY)
    deployment.save(record)
    return Stack(deployment, deployment.settings(base), record)
