"""The bill of materials names what is really in a task root, in CycloneDX's own form."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from src.aws.packages import sbom
from src.aws.packages.trim import trim
from src.pipeline.settings import PROJECT_ROOT
from tests.supply.bill import unlisted

WHEELS = ("pillow", "six", "face_recognition_models")


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """A task root of some of the wheels that are installed here, trimmed as a package is."""
    for name in WHEELS:
        wheel = distribution(name)
        for file in wheel.files or ():
            if "__pycache__" not in file.parts and not str(file).startswith(".."):
                target = tmp_path / str(file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(wheel.locate_file(file)), target)
    trim(tmp_path)
    shutil.copytree(PROJECT_ROOT / "src" / "lambda" / "face_detection", tmp_path / "face_detection")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "onet.bin").write_bytes(b"weights")
    (tmp_path / "models" / "kernels-linux-x86_64.so").write_bytes(b"ELF")
    return tmp_path


def test_it_lists_all_that_is_there_and_nothing_else(task: Path) -> None:
    bill = json.loads(sbom.write_sbom(task).read_text())
    parts = {part["name"].lower(): part for part in bill["components"]}
    assert parts.keys() >= set(WHEELS) | {"models/onet.bin", "face_detection/handler.py"}
    assert parts["pillow"]["purl"] == f"pkg:pypi/pillow@{distribution('pillow').version}"
    assert parts["pillow"]["licenses"] == [{"expression": "MIT-CMU"}]
    assert parts["models/onet.bin"]["type"] == "machine-learning-model"
    assert parts["models/kernels-linux-x86_64.so"]["type"] == "file"
    libraries = [library["name"] for library in parts["pillow"]["components"]]
    assert any("libjpeg" in name for name in libraries)
    assert not any("avif" in name for name in libraries)  # the wheel has it, the task root does not
    assert unlisted(task, bill) == []


def test_what_is_added_or_changed_later_shows(task: Path) -> None:
    bill = sbom.sbom_of(task)
    (task / "PIL" / "_more.so").write_bytes(b"ELF")
    (task / "models" / "onet.bin").write_bytes(b"other weights")
    (task / "face_detection" / "more.py").touch()
    assert unlisted(task, bill) == ["PIL/_more.so", "face_detection/more.py", "models/onet.bin"]


def test_it_is_valid_cyclonedx(task: Path) -> None:
    text = sbom.write_sbom(task).read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_same_files_give_the_same_bytes_and_the_image_builds_it_alone(task: Path, tmp_path: Path) -> None:
    first = sbom.write_sbom(task).read_bytes()
    done = subprocess.run([sys.executable, "-I", "-S", sbom.__file__, str(task)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (task / sbom.NAME).read_bytes() == first
    assert str(task).encode() not in first
