"""Exporting to where nothing can be written: one line that says so."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("where", ["file", "file/folder", "/proc/models"])
def test_a_folder_that_cannot_be_written(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / where
    done = subprocess.run(
        [sys.executable, "-m", "src.pipeline.export", "--models-dir", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{folder} cannot be written: ")
    assert done.stderr.count("\n") == 1
