"""The compiled loops: for every processor, and nothing may reach them that they would read or write beside."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from src.pipeline.detector import Detector
from src.pipeline.errors import ModelError
from src.pipeline.export import compiled
from src.pipeline.export.compiled import TARGETS, save_kernels
from src.pipeline.kernels import MOST_COLUMNS, Kernels, kernels_name
from src.pipeline.manifest import Manifest
from src.pipeline.settings import Settings

TABLE = np.zeros((11, 21), np.uint64)
SHEET = np.arange(13 * 20 * 30, dtype=np.float32).reshape(13, 20, 30)


def test_they_are_made_for_every_processor_and_the_same_each_time(tmp_path: Path) -> None:
    entries = [save_kernels(folder) for folder in (made(tmp_path / "one"), made(tmp_path / "another"))]
    assert entries[0].keys() == {f"kernels-{machine}" for machine in TARGETS}
    assert entries[0] == entries[1]


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs binutils")
@pytest.mark.parametrize("machine", [machine for machine in TARGETS if machine.startswith("linux")])
def test_they_need_no_library(machine: str) -> None:
    folder = Settings.load({}).models_dir
    path = Manifest.load(folder).verified(folder, f"kernels-{machine}")
    said = subprocess.run(["readelf", "-d", "--dyn-syms", path], capture_output=True, text=True, check=True).stdout
    assert "facelane_fold" in said
    assert "NEEDED" not in said
    assert [line for line in said.splitlines() if " UND " in line and line.split()[0] != "0:"] == []


def test_a_source_that_does_not_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "kernels.c"
    source.write_text("int facelane_table(")
    monkeypatch.setattr(compiled, "SOURCE", source)
    with pytest.raises(ModelError, match=r"kernels\.c cannot be compiled for x86_64-linux-gnu: .*error"):
        save_kernels(tmp_path)


def test_a_function_that_takes_more_stack_than_windows_gives_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "kernels.c"
    source.write_text(compiled.SOURCE.read_text().replace(f"MOST_COLUMNS = {MOST_COLUMNS}", "MOST_COLUMNS = 512"))
    monkeypatch.setattr(compiled, "SOURCE", source)
    with pytest.raises(ModelError, match="stack frame size"):
        save_kernels(tmp_path)


def test_a_processor_that_they_were_not_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(ModelError, match=f"lists no kernels-{sys.platform}-riscv64"):
        Detector.load(Settings.load({}, threads=1))


def test_a_file_that_is_no_library(tmp_path: Path) -> None:
    path = tmp_path / "kernels.so"
    path.write_text("no library")
    with pytest.raises(ModelError, match=r"kernels\.so cannot be loaded"):
        Kernels(path)


@pytest.mark.skipif(not hasattr(os, "ST_NOEXEC"), reason="only Linux says so")
def test_a_file_system_that_no_program_may_be_loaded_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kernels.so"
    path.write_text("no library")
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_NOEXEC))
    with pytest.raises(ModelError, match=r"kernels\.so cannot be loaded \(its file system is mounted noexec\)"):
        Kernels(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let a loaded file go")
def test_those_that_are_loaded_outlive_the_next_export(tmp_path: Path) -> None:
    save_kernels(tmp_path)
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    held = [path.open("rb") for path in tmp_path.iterdir()]  # or a number may be given again
    save_kernels(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before.keys()
    assert all(path.stat().st_ino != before[path.name] for path in tmp_path.iterdir())
    for file in held:
        file.close()


@pytest.mark.parametrize("machine", ["AMD64", "x86_64", "arm64", "aarch64"])
def test_one_processor_has_many_names(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert kernels_name().removeprefix(f"kernels-{sys.platform}-") in {"x86_64", "aarch64"}


@pytest.mark.parametrize(
    "rectangle", [[-1, 0, 5, 5], [0, -1, 5, 5], [0, 0, 21, 5], [0, 0, 5, 11], [5, 5, 5, 9], [5, 5, 9, 5], [9, 0, 5, 5]]
)
def test_crops_beside_the_picture(rectangle: list[int], kernels: Kernels) -> None:
    with pytest.raises(ValueError, match="inside the picture"):
        kernels.crops(TABLE, np.array([[0, 0, 20, 10], rectangle]), 24)


def test_crops_larger_than_there_is_room_for(kernels: Kernels) -> None:
    whole = np.array([[0, 0, 20, 10]])
    assert kernels.crops(TABLE, whole, MOST_COLUMNS).shape == (1, 3, MOST_COLUMNS, MOST_COLUMNS)
    with pytest.raises(ValueError, match="inside the picture"):
        kernels.crops(TABLE, whole, MOST_COLUMNS + 1)


def test_a_table_of_another_size(kernels: Kernels) -> None:
    for shape in ((10, 20), (11, 20), (11, 21, 1)):
        with pytest.raises(ValueError, match="does not fit"):
            kernels.table(np.zeros((10, 20, 3), np.uint8), np.zeros(shape, np.uint64))
    with pytest.raises(ValueError, match="does not fit"):
        kernels.table(np.zeros((10, 20, 4), np.uint8), TABLE.copy())


def test_a_grid_of_another_size(kernels: Kernels) -> None:
    out = np.zeros((12, 4, 5), np.float32)
    kernels.fold(TABLE, grid(4, 5), out)
    for other in (grid(4, 4), grid(5, 5), grid(4, 5)[:-1]):
        with pytest.raises(ValueError, match="does not fit"):
            kernels.fold(TABLE, other, out)
    with pytest.raises(ValueError, match="does not fit"):
        kernels.fold(TABLE, grid(1, MOST_COLUMNS + 1), np.zeros((12, 1, MOST_COLUMNS + 1), np.float32))
    with pytest.raises(ValueError, match="one piece of memory"):
        kernels.fold(TABLE, grid(4, 5), np.zeros((12, 5, 4), np.float32).transpose(0, 2, 1))


def grid(rows: int, columns: int) -> np.ndarray:
    ends = [np.zeros(2 * rows), np.ones(2 * rows), np.zeros(2 * columns), np.ones(2 * columns)]
    return np.concatenate(ends).astype(np.int32)


@pytest.mark.parametrize("place", [(-1, 0), (0, -1), (15, 0), (0, 25)])
def test_patches_beside_the_sheet(place: tuple[int, int], kernels: Kernels) -> None:
    with pytest.raises(ValueError, match="inside the sheet"):
        kernels.patches(SHEET, np.array([[0, place[0]], [0, place[1]]]))


def test_patches_are_cut_out(kernels: Kernels) -> None:
    found = kernels.patches(SHEET, np.array([[0, 14, 3], [0, 24, 7]]))
    np.testing.assert_array_equal(found, [SHEET[:, y : y + 6, x : x + 6] for y, x in ((0, 0), (14, 24), (3, 7))])
    assert kernels.patches(SHEET, np.zeros((2, 0), np.int64)).shape == (0, 13, 6, 6)


def test_boxes_of_another_shape(kernels: Kernels) -> None:
    with pytest.raises(ValueError, match="are none"):
        kernels.suppress(np.zeros((3, 5), np.float32), 0.5)


def test_a_folder_by_its_relative_name(monkeypatch: pytest.MonkeyPatch) -> None:
    models = Settings.load({}).models_dir
    monkeypatch.chdir(models)
    found = Kernels.load(Path(), Manifest.load(Path()))
    assert found.suppress(np.array([[0, 0, 9, 9], [0, 0, 9, 8]], np.float32), 0.5).tolist() == [0]
