"""Every command of the project explains itself: ``--help`` prints what it is for, and nothing is done."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from src.aws.__main__ import COMMANDS
from src.aws.__main__ import main as aws
from src.aws.commands.people import VERBS
from src.client.__main__ import main as client
from src.pipeline.settings import PROJECT_ROOT

CLIENT = (["--help"], ["watch", "--help"], ["report", "--help"])
AWS = (["--help"], *([name, "--help"] for name in COMMANDS), *(["people", verb, "--help"] for verb in VERBS))
WITH_A_PARSER = sorted(
    path.relative_to(PROJECT_ROOT).as_posix()
    for folder in ("src", "benchmarks", "tests")
    for path in (PROJECT_ROOT / folder).rglob("*.py")
    if "ArgumentParser(" in path.read_text(encoding="utf-8") and 'if __name__ == "__main__":' in path.read_text("utf-8")
)
OTHERS = [name for path in WITH_A_PARSER
          if (name := path.removesuffix(".py").removesuffix("/__main__").replace("/", ".")) not in
          ("src.aws", "src.client", "tests.test_help")]  # fmt: skip


def check_help(text: str) -> None:
    """Usage, then a description, then the options; no markup that a terminal does not show."""
    usage, description, *options = re.split(r"\n\n", text)
    assert usage.startswith("usage: python -m ")
    assert not description.endswith(":") and ":\n" not in description, "there is no description"
    assert any(part.startswith("options:") for part in options)
    assert "``" not in text


@pytest.mark.parametrize(
    ("main", "words"), [(client, words) for words in CLIENT] + [(aws, words) for words in AWS],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value.__module__,
)  # fmt: skip
def test_a_user_s_command_explains_itself(
    main: Callable[[list[str]], int], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    check_help(said.out)


@pytest.mark.parametrize("module", OTHERS)
def test_every_other_command_explains_itself(
    module: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit) as ended:
        _main_of(module)()
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    check_help(said.out)


def _main_of(module: str) -> Callable[[], int]:
    is_package = (PROJECT_ROOT / Path(*module.split("."))).is_dir()
    found: Callable[[], int] = importlib.import_module(f"{module}.__main__" if is_package else module).main
    return found


def test_as_a_program_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.image.check", "--help"], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    check_help(done.stdout)
    done = subprocess.run(
        [sys.executable, "-m", "tests.image.check", "rpm"], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2, "python -m tests.image.check: error: 'rpm' is none of zip, image, torch",
    )  # fmt: skip
