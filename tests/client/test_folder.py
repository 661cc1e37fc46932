import os

import pytest

from src.client.folder import check_folder, files_in
from src.pipeline.errors import UsageError


def test_frames_are_told_from_other_files_and_subfolders_are_walked(tmp_path):
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.jpg", "deep/er/c.webp", ".git/d.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(files_in(tmp_path)) == [
        (".hidden.jpg", False),
        ("a.png", True),
        ("b.JPG", True),
        ("deep/er/c.webp", True),
        ("notes.txt", False),
    ]


def test_a_link_that_leads_back_is_not_followed_and_a_pipe_is_no_frame(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.jpg").touch()
    (tmp_path / "deep" / "back").symlink_to(tmp_path)
    (tmp_path / "elsewhere").symlink_to(tmp_path / "deep")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "dangling.jpg").symlink_to("nowhere.jpg")
    assert list(files_in(tmp_path)) == [
        ("dangling.jpg", True),
        ("deep/a.jpg", True),
        ("elsewhere/a.jpg", True),
        ("pipe.jpg", False),
    ]


def test_odd_names_are_kept_as_they_are(tmp_path):
    names = ["a b.jpg", "a+b.jpg", "100%.jpg", 'it\'s "quoted".jpg', "ünïcode ☃.jpg", "..dots...jpg", "new\nline.jpg"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / os.fsdecode(b"latin-\xe9.jpg")).touch()
    assert {name for name, _ in files_in(tmp_path)} == {*names, os.fsdecode(b"latin-\xe9.jpg")}


def test_what_is_no_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere does not exist"):
        check_folder(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        check_folder(tmp_path / "file")
