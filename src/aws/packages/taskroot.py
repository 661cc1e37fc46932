"""The folder that Lambda takes for its task root: wheels, the functions' sources, the networks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from src.aws.packages import wheels
from src.aws.packages.package import Progress
from src.aws.packages.sbom import write_sbom
from src.aws.packages.trim import keep_machine, keep_recognizer, size_of, trim
from src.pipeline.errors import UsageError
from src.pipeline.manifest import Manifest
from src.pipeline.settings import PROJECT_ROOT, Settings

LIMIT_BYTES = 262_144_000  # what Lambda takes, unzipped; AWS calls it 250 MB
COPIED = {"src/__init__.py": "src/__init__.py", "src/pipeline": "src/pipeline",
          "src/lambda/face_detection": "face_detection", "src/lambda/face_recognition": "face_recognition"}  # fmt: skip
# The export needs torch, which is not there.
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "export", ".*")


def lay_out(folder: Path, settings: Settings, python: str, progress: Progress) -> None:
    """Fill an empty folder with all that both functions need and nothing else.

    Weights go in at half precision only where the package would be over Lambda's limit otherwise, and that is said.
    Raises UsageError when it is over the limit all the same, ModelError when the networks are not exported.
    """
    wheels.install(folder, settings.architecture, python, progress)
    trim(folder)
    for source, target in COPIED.items():
        _copy(PROJECT_ROOT / source, folder / target)
    _copy_networks(settings, folder / "models")
    keep_recognizer(folder, settings.recognizer)
    keep_machine(folder, wheels.MACHINES[settings.architecture])
    _compile(folder, python, progress)
    write_sbom(folder)
    over = size_of(folder) - LIMIT_BYTES
    if over > 0 and _halve(folder / "models", settings.recognizer):
        progress(f"       {_mb(over)} MB over the limit: the weights of {settings.recognizer} go in at half precision")
        write_sbom(folder)
        over = size_of(folder) - LIMIT_BYTES
    if over > 0:
        parts = sorted(folder.iterdir(), key=size_of, reverse=True)[:5]
        largest = ", ".join(f"{part.name} {_mb(size_of(part))}" for part in parts)
        raise UsageError(
            f"The package is {_mb(over)} MB over the {_mb(LIMIT_BYTES)} MB that Lambda takes unzipped "
            f"(largest, in MB: {largest}). Use --package image."
        )
    progress(f"       {_mb(size_of(folder))} MB unzipped; Lambda takes {_mb(LIMIT_BYTES)}, {_mb(-over)} to spare")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEFT_OUT)
    else:
        shutil.copyfile(source, target)


def _copy_networks(settings: Settings, target: Path) -> None:
    source = settings.models_dir
    manifest = Manifest.load(source)
    target.mkdir()
    for network, files in manifest.networks.items():
        manifest.verified(source, network)
        for name in files:
            shutil.copyfile(source / name, target / name)
    manifest.save(target)


def _compile(folder: Path, python: str, progress: Progress) -> None:
    """Bytecode that is taken as it is: under Lambda nothing can be written beside the sources."""
    found = wheels.interpreter(python)
    if found is None:
        progress(f"       no python{python} here: without bytecode, which makes a cold start slower")
        return
    # -s and -p: the names of this machine's folders stay out of it, so that the same sources give the same bytes.
    command = [found, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise UsageError(f"{found} cannot compile the functions: {(done.stdout or done.stderr).strip()}")


def _halve(models: Path, recognizer: str) -> bool:
    """Write a recognizer's weights again at half precision; whether it has any in the models folder."""
    manifest = Manifest.load(models)
    if recognizer not in manifest.networks:
        return False
    from src.pipeline.export.half import halve

    halve(models, recognizer)
    return True


def _mb(count: int) -> str:
    return f"{count / 2**20:.0f}"
