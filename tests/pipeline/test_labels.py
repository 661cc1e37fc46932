"""labels.csv, good and bad."""

from pathlib import Path

import pytest

from src.pipeline.errors import UsageError
from src.pipeline.labels import Label, read_labels


def test_people_and_strangers(tmp_path: Path):
    (tmp_path / "a.jpg").touch()
    file = tmp_path / "labels.csv"
    file.write_text("filename,person,split\na.jpg,Ünï,enrol\na.jpg,unknown,test\n", encoding="utf-8-sig")
    photo = tmp_path / "a.jpg"
    assert read_labels(file) == [Label(photo, "Ünï", "enrol"), Label(photo, None, "test")]
    file.write_text("person,filename\nB,a.jpg\n")
    assert read_labels(file) == [Label(photo, "B", "")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read: No such file"),
        ("", "has no lines below a head of"),
        ("filename,person\n", "has no lines below a head of"),
        ("file,name\na.jpg,A\n", "has no lines below a head of"),
        ("filename,person\nb.jpg,A\n", r"line 2: there is no photo .*b\.jpg"),
        ("filename,person\na.jpg\n", "line 2: '' is empty"),
        ("filename,person,split\na.jpg,A,train\n", "line 2: the split is 'train'"),
        ("filename,person\na.jpg,A/B\n", "has a slash"),
    ],
)
def test_what_it_cannot_say(tmp_path: Path, text: str | None, says: str):
    (tmp_path / "a.jpg").touch()
    file = tmp_path / "labels.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UsageError, match=says):
        read_labels(file)
