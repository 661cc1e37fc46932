"""A package holds of the networks what its machine can load, and its manifest names just that."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from src.aws.packages import trim
from src.aws.packages.wheels import MACHINES
from src.pipeline.detector import NETWORKS
from src.pipeline.manifest import NAME, PROCESSOR, Manifest
from src.pipeline.settings import Settings

X86 = "2026.4 FP32 avx2 sse4_1 sse4_2"
ARM = "2026.4 FP16 FP32 asimd asimdhp"
BLOBS = {f"{name}.blob" for name in NETWORKS}


@pytest.fixture
def task(tmp_path: Path) -> Path:
    shutil.copytree(Settings.load({}).models_dir, tmp_path / "models")
    for name in ("other.xml", "other.bin"):
        (tmp_path / "models" / name).touch()
    manifest = Manifest.load(tmp_path / "models")
    replace(manifest, networks={**manifest.networks, "other": {"other.xml": "", "other.bin": ""}}).save(
        tmp_path / "models"
    )
    return tmp_path


def files(task: Path) -> set[str]:
    """Those in the models folder, which are those that the manifest names."""
    found = {path.name for path in (task / "models").iterdir()} - {NAME}
    assert found == {name for names in Manifest.load(task / "models").networks.values() for name in names}
    return found


@pytest.mark.parametrize("machine", MACHINES.values())
@pytest.mark.parametrize(("made_on", "good_for"), [(X86, "x86_64"), (ARM, "aarch64"), ("", None)])
def test_only_what_the_machine_can_load(task: Path, machine: str, made_on: str, good_for: str | None) -> None:
    manifest = Manifest.load(task / "models")
    replace(manifest, made_with={**manifest.made_with, PROCESSOR: made_on}).save(task / "models")
    trim.keep_recognizer(task, "dlib")
    trim.keep_machine(task, machine)
    networks = {f"{name}.{ending}" for name in NETWORKS for ending in ("xml", "bin")}
    assert files(task) == networks | {f"kernels-linux-{machine}.so"} | (BLOBS if machine == good_for else set())
    for name in Manifest.load(task / "models").networks:
        Manifest.load(task / "models").verified(task / "models", name)


@pytest.mark.parametrize("recognizer", ["auto", "other"])
def test_a_recognizer_that_is_wanted_stays(task: Path, recognizer: str) -> None:
    before = files(task)
    trim.keep_recognizer(task, recognizer)
    assert {name for name in before if name.startswith("kernels-")} <= files(task)
    trim.keep_machine(task, "aarch64")
    assert {"other.xml", "other.bin"} <= files(task)


@pytest.mark.skipif(platform.machine() not in trim.SAID, reason="the image is built under Linux")
def test_the_image_builds_it_alone(task: Path) -> None:
    command = [sys.executable, "-I", "-S", trim.__file__, str(task), "dlib"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name for name in files(task) if name.startswith("kernels-")} == {f"kernels-linux-{platform.machine()}.so"}
