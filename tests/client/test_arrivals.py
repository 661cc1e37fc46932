import io
import os
import shutil

import pytest
from PIL import Image

from src.client import arrivals as module
from src.client.arrivals import Arrivals, has_its_end
from src.pipeline.errors import UsageError
from tests.conftest import SAMPLES


def picture(kind, size=(60, 40)):
    file = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp", "bmp"])
def test_a_picture_without_its_end_is_told_from_a_whole_one(kind, tmp_path):
    data = picture({"jpg": "JPEG"}.get(kind, kind.upper()))
    path = tmp_path / f"a.{kind}"
    for part in (0, 1, 20, len(data) // 2, len(data) - 3):
        path.write_bytes(data[:part])
        assert not has_its_end(path)
        path.write_bytes(data[:part] + bytes(len(data) - part))  # space that was set aside for it
        assert not has_its_end(path) or kind in ("webp", "bmp")
    path.write_bytes(data)
    assert has_its_end(path)
    assert not has_its_end(tmp_path / "none.jpg")


def test_every_sample_has_its_end():
    frames = [path for path in SAMPLES.iterdir() if path.suffix != ".md"]
    assert all(has_its_end(path) for path in frames)


@pytest.fixture
def settled(monkeypatch):
    """No waiting: a file is settled at the second look."""
    monkeypatch.setattr(module, "SETTLED_S", 0)


def test_new_images_arrive_once_and_again_when_they_change(tmp_path, settled):
    shutil.copy(SAMPLES / "biden_small.jpg", tmp_path / "old.jpg")
    found = Arrivals(tmp_path, existing=False)
    assert (found.left, found.look()) == (1, [])
    (tmp_path / "sub").mkdir()
    shutil.copy(SAMPLES / "obama_small.jpg", tmp_path / "sub" / "new.jpg")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.jpg").write_bytes(b"\xff\xd9")
    assert found.look() == ["sub/new.jpg"]
    assert found.look() == []
    (tmp_path / "old.jpg").write_bytes(picture("JPEG"))
    assert found.look() == ["old.jpg"]
    (tmp_path / "old.jpg").unlink()
    assert found.look() == []
    (tmp_path / "old.jpg").write_bytes(picture("JPEG"))
    assert found.look() == ["old.jpg"]


def test_what_is_there_at_the_start_counts_when_asked(tmp_path, settled):
    shutil.copy(SAMPLES / "biden_small.jpg", tmp_path / "old.jpg")
    assert Arrivals(tmp_path, existing=True).look() == ["old.jpg"]


def test_a_file_that_grows_waits_for_its_end(tmp_path, settled):
    data = picture("JPEG", (300, 300))
    found = Arrivals(tmp_path, existing=False)
    with (tmp_path / "slow.jpg").open("wb", buffering=0) as file:
        for start in range(0, len(data), 4000):
            assert found.look() == []
            file.write(data[start : start + 4000])
    assert found.look() == ["slow.jpg"]


def test_a_file_that_stopped_growing_is_sent_in_the_end(tmp_path, monkeypatch):
    found = Arrivals(tmp_path, existing=False)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 and no more")
    assert found.look() == []
    assert found.look(last=True) == []
    assert found.incomplete() == 1
    monkeypatch.setattr(module, "GIVEN_UP_S", 0)
    assert found.look() == ["broken.jpg"]
    assert found.incomplete() == 0


def test_a_renamed_file_and_one_with_an_old_date_arrive(tmp_path, settled):
    found = Arrivals(tmp_path, existing=False)
    shutil.copy(SAMPLES / "biden_small.jpg", tmp_path / "a.jpg.part")
    assert found.look() == []
    os.utime(tmp_path / "a.jpg.part", (0, 0))
    (tmp_path / "a.jpg.part").rename(tmp_path / "a.jpg")
    assert found.look() == ["a.jpg"]


def test_a_folder_that_goes_away_is_an_error_that_can_pass(tmp_path, settled):
    folder = tmp_path / "share"
    folder.mkdir()
    found = Arrivals(folder, existing=False)
    folder.rename(tmp_path / "gone")
    with pytest.raises(UsageError):
        found.look()
    (tmp_path / "gone").rename(folder)
    shutil.copy(SAMPLES / "biden_small.jpg", folder / "a.jpg")
    assert found.look() == ["a.jpg"]
