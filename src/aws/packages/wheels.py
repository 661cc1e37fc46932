"""Wheels for a processor and a Python that need not be this machine's."""

from __future__ import annotations

import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

from src.aws.packages.package import Progress
from src.pipeline.errors import UsageError
from src.pipeline.settings import PROJECT_ROOT

LOCK = PROJECT_ROOT / "src" / "lambda" / "requirements.lock"
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
# Lambda's Amazon Linux 2023 has glibc 2.34: wheels for any version up to it run there.
GLIBC_MINORS = range(34, 16, -1)
# No wheels of it are published, but it holds data only, which pip packs the same everywhere.
DATA_ONLY = "face_recognition_models"


def pinned(architecture: str, python: str, *, path: Path = LOCK) -> list[str]:
    """The requirements of a lock that hold for a processor and a Python version, as ``name==version --hash=… …``.

    pip would judge the markers by the machine that it runs on.
    """
    machine = MACHINES[architecture]
    environment = {"platform_machine": machine, "python_version": python, "sys_platform": "linux"}
    found = []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        text, *hashes = line.split(" --hash=")
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pin = f"{requirement.name}{requirement.specifier}"
            found.append(" ".join([pin, *(f"--hash={value.strip()}" for value in hashes)]))
    return found


def install(folder: Path, architecture: str, python: str, progress: Progress) -> None:
    """Install the functions' wheels into a folder, each only if it is one of those that were locked.

    Raises UsageError with pip's reason when it cannot.
    """
    machine = MACHINES[architecture]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--target", str(folder), "--no-deps", "--only-binary=:all:", f"--no-binary={DATA_ONLY}"]
    command += ["--implementation", "cp", "--python-version", python]
    for minor in GLIBC_MINORS:
        command += ["--platform", f"manylinux_2_{minor}_{machine}"]
    command += ["--platform", f"manylinux2014_{machine}", "--require-hashes", "--requirement"]
    progress(f"       wheels for {architecture}, Python {python}")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="facelane-", suffix=".txt") as file:
        file.write("\n".join(pinned(architecture, python)))
        file.flush()
        done = subprocess.run(  # noqa: S603
            [*command, file.name], capture_output=True, text=True, errors="replace", check=False
        )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        reason = lines[-1] if lines else "it says nothing"
        raise UsageError(f"pip could not bring the functions' wheels ({architecture}, Python {python}): {reason}")


def interpreter(python: str) -> str | None:
    """A Python of that version on this machine, or None."""
    if platform.python_version().startswith(f"{python}."):
        return sys.executable
    command = [f"python{python}", "-c", "import sys; print(sys.executable)"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):  # none there, or a stand-in that runs none
        return None
    return done.stdout.strip()
