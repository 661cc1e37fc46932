"""The docker command: build an image, push it. No login is left behind on this machine."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from src.aws.packages.package import Progress
from src.pipeline.errors import UsageError

PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
WITHOUT = "or pack the functions without it: --package zip"
# Where a user's docker keeps who is logged in where; all else in its folder (contexts, plugins) is kept.
LOGINS = ("auths", "credsStore", "credHelpers")


def check_docker() -> None:
    """Raises UsageError, in one line, when docker is missing, is not running, or may not be used."""
    if shutil.which("docker") is None:
        raise UsageError(f"Docker is not installed: install it, {WITHOUT}.")
    done = _docker("version", "--format", "{{.Server.Os}}")
    if done.returncode == 0:
        return
    if "permission denied" in done.stderr.lower():
        raise UsageError(f"This user may not use Docker: join the group docker, {WITHOUT}.")
    raise UsageError(f"Docker is installed, but its engine does not answer: start it, {WITHOUT}.")


def build(
    image: str,
    *,
    dockerfile: Path,
    context: Path,
    architecture: str,
    args: Mapping[str, str],
    progress: Progress,
    network: str | None = None,
) -> None:
    """Build an image for a processor, its log going to progress line by line.

    args are build arguments; they reach docker through its environment, not through the list of processes.
    network: the one that the build's steps use, where it is not docker's default.
    Raises UsageError with the last lines of the log when it cannot be built.
    """
    command = ["docker", "build"]
    if _docker("buildx", "version").returncode == 0:
        # Lambda takes a single manifest: no list with an attestation beside the image.
        command = ["docker", "buildx", "build", "--load", "--provenance=false", "--sbom=false", "--progress=plain"]
    for name in sorted(args):
        command += ["--build-arg", name]
    if network:
        command += ["--network", network]
    command += ["--platform", PLATFORMS[architecture], "--file", str(dockerfile), "--tag", image, str(context)]
    last = _run(command, progress, env=os.environ | args)
    if last is None:
        return
    if "exec format error" in " ".join(last).lower():
        raise UsageError(
            f"This Docker cannot build for {architecture}: add QEMU to it (docker's manual, multi-platform builds), "
            f"choose the other --architecture, {WITHOUT}."
        )
    raise UsageError(f"The image could not be built: {_sentence(last)} The whole log is above.")


def push(image: str, *, user: str, password: str, registry: str, progress: Progress) -> None:
    """Push an image. Raises UsageError with docker's last lines when the registry does not take it."""
    with _logged_in(user, password, registry) as config:
        last = _run(["docker", "--config", str(config), "push", image], progress, env=os.environ)
    if last is not None:
        raise UsageError(f"The image could not be pushed to {image}: {_sentence(last)}")


def native_platform() -> str:
    """What the engine runs without emulation, as ``linux/amd64``."""
    return f"linux/{_docker('version', '--format', '{{.Server.Arch}}').stdout.strip()}"


def image_bytes(image: str) -> int:
    """The size of an image, unpacked, as this Docker stores it."""
    done = _docker("image", "inspect", "--format", "{{.Size}}", image)
    if done.returncode:
        raise UsageError(f"There is no image {image}: {_sentence(done.stderr.splitlines())}")
    return int(done.stdout)


def _docker(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own arguments, and docker from the PATH
        ["docker", *args], capture_output=True, text=True, errors="replace", check=False  # noqa: S607
    )  # fmt: skip


def _run(command: Sequence[str], progress: Progress, env: Mapping[str, str]) -> list[str] | None:
    """Run to the end, each line of output to progress; None, or the last lines when it fails."""
    last: deque[str] = deque(maxlen=5)
    with subprocess.Popen(  # noqa: S603 - our own arguments
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=dict(env)
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                last.append(line.strip())
                progress(f"       {line.rstrip()}")
    return list(last) if process.returncode else None


@contextmanager
def _logged_in(user: str, password: str, registry: str) -> Iterator[Path]:
    """A configuration folder for docker that is the user's own, but with this one login, for as long as it is needed.

    ``docker login`` would leave the password in the user's own, or fail where its credential store is locked.
    """
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    with tempfile.TemporaryDirectory(prefix="facelane-docker-") as name:
        folder = Path(name)
        for path in own.iterdir() if own.is_dir() else ():
            if path.name != "config.json":
                (folder / path.name).symlink_to(path)
        config = json.loads((own / "config.json").read_text()) if (own / "config.json").is_file() else {}
        config = {key: value for key, value in config.items() if key not in LOGINS}
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        config["auths"] = {registry: {"auth": login}}
        (folder / "config.json").write_text(json.dumps(config))
        yield folder


def _sentence(lines: Sequence[str]) -> str:
    text = " / ".join(line.strip() for line in lines[-2:] if line.strip()) or "docker says nothing"
    return text if text.endswith((".", "!", "?")) else text + "."
