"""Where Docker is missing or cannot be used: one line each, that also says how to do without."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.aws.packages import docker
from src.pipeline.errors import UsageError


def a_docker_that_says(text: str, folder: Path) -> None:
    """A stand-in for the command line of Docker, which is not on every machine that runs the tests."""
    command = folder / "docker"
    command.write_text(f"#!/bin/sh\necho '{text}' >&2\nexit 1\n")
    command.chmod(0o755)


@pytest.mark.parametrize(
    ("docker_says", "told"),
    [
        (None, "Docker is not installed"),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "its engine does not answer: start it"),
        ("permission denied while trying to connect to the Docker daemon socket", "join the group docker"),
    ],
)
def test_it_is_one_line_with_a_way_out(
    docker_says: str | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if docker_says:
        a_docker_that_says(docker_says, tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        docker.check_docker()
    assert told in str(caught.value)
    assert "--package zip" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
