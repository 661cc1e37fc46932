"""What is installed is pinned to files by their hashes, on every platform, and nothing else gets in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from src.aws.packages import wheels
from src.pipeline.errors import UsageError
from src.pipeline.settings import PROJECT_ROOT
from tests.supply.wheel import write_wheel

LOCKS = ("requirements-dev.lock", "src/lambda/export.lock", "src/lambda/requirements.lock")
ENTRY = re.compile(r"[\w.-]+==[\w.]+( ; [^\\]+)?( --hash=sha256:[0-9a-f]{64})+")
STALE = "run: make lock"


def entries(lock: str) -> list[str]:
    text = re.sub(r"^#.*\n", "", (PROJECT_ROOT / lock).read_text(), flags=re.MULTILINE)
    return re.sub(r" \\\n +", " ", text).splitlines()


def locked(lock: str) -> set[tuple[str, str]]:
    found = [Requirement(entry.split(" --hash=")[0]) for entry in entries(lock)]
    return {(canonicalize_name(each.name), str(each.specifier)) for each in found}


def wanted(path: str) -> set[tuple[str, str]]:
    lines = [line.split(" #")[0].strip() for line in (PROJECT_ROOT / path).read_text().splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    return {(canonicalize_name(each.name), str(each.specifier)) for each in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_one_version_with_hashes_and_names_no_place(lock: str) -> None:
    assert len(entries(lock)) >= 10
    assert [entry for entry in entries(lock) if not ENTRY.fullmatch(entry)] == []


def test_the_locks_are_those_of_the_requirements() -> None:
    project = wanted("requirements.txt")
    assert all(specifier.startswith("==") for _, specifier in project | wanted("requirements-dev.txt"))
    assert locked("requirements-dev.lock") >= project | wanted("requirements-dev.txt"), STALE
    assert locked("src/lambda/requirements.lock") == wanted("src/lambda/requirements.txt"), STALE
    exporters = {name for name, _ in wanted("src/lambda/export.txt")}
    assert locked("src/lambda/export.lock") >= {pin for pin in project if pin[0] in exporters}, STALE


@pytest.mark.parametrize(("architecture", "openvino"), [("x86_64", "2026.4.1"), ("arm64", "2025.2.0")])
def test_for_another_processor_its_own_files_are_taken(architecture: str, openvino: str) -> None:
    pins = wheels.pinned(architecture, "3.12")
    assert [pin.split()[0] for pin in pins if pin.startswith("openvino")] == [f"openvino=={openvino}"]
    assert len({pin.split("==")[0] for pin in pins}) == len(pins) == 14
    assert all(" --hash=sha256:" in pin and ";" not in pin for pin in pins)


def test_a_wheel_with_another_hash_does_not_get_into_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    honest = write_wheel(tmp_path, "onboard", "1.0", "GOOD = True\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    pins = [f"onboard==1.0 --hash=sha256:{honest}"]
    monkeypatch.setattr(wheels, "pinned", lambda *_: pins)
    wheels.install(tmp_path / "task", "x86_64", "3.12", lambda _: None)
    assert (tmp_path / "task" / "onboard.py").read_text() == "GOOD = True\n"
    write_wheel(tmp_path, "onboard", "1.0", "GOOD = False\n")
    with pytest.raises(UsageError, match=r"(?i)hash"):
        wheels.install(tmp_path / "other", "x86_64", "3.12", lambda _: None)
    assert not (tmp_path / "other").exists()
    pins[0] = "onboard==1.0"
    with pytest.raises(UsageError, match=r"(?i)hash"):
        wheels.install(tmp_path / "other", "x86_64", "3.12", lambda _: None)
