"""One embedded stack for the whole session; one deployment on it, with the sample gallery enrolled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from src.aws.local import EmbeddedStack
from src.pipeline.deployment import Deployment
from src.pipeline.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

GALLERY = PROJECT_ROOT / "gallery"
SAMPLES = PROJECT_ROOT / "input_folder"
_number = itertools.count(1)
NO_BROWSER = "there is no Chromium with its chromedriver on PATH"


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    """A real headless Chromium; without one on this machine its tests are skipped, and the last lines say so."""
    from tests.browser import chromium, found

    paths = found()
    if paths is None:
        pytest.skip(NO_BROWSER)
    with chromium(paths) as opened:
        yield opened


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = sum(NO_BROWSER in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        text = f"{skipped} browser tests did not run: {NO_BROWSER} (Debian: chromium, chromium-driver)."
        terminalreporter.write_line(text, yellow=True)
