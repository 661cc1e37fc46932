"""Enrollment into the versioned roll, with real photos."""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from src.aws.people import enrolling
from src.aws.people.enrolling import enroll_folder, enroll_photo
from src.aws.people.listing import listing, show
from src.aws.people.office import Office
from src.aws.people.relabel import merge, rename
from src.pipeline.errors import GalleryError, UsageError
from src.pipeline.gallery import Gallery
from src.pipeline.serving_gallery import gallery_key
from tests.conftest import GALLERY, SAMPLES

SPEECH = SAMPLES / "obama_speech.jpg"


def test_a_folder_is_enrolled_once(office: Office) -> None:
    first = enroll_folder(office, GALLERY)
    assert (first.added, first.already, first.refusals) == (4, 0, ())
    again = enroll_folder(office, GALLERY)
    assert (again.added, again.already, again.version) == (0, 4, None)
    assert listing(office) == {"Barack Obama": 1, "Eileen Collins": 1, "Grace Hopper": 1, "Joe Biden": 1}
    assert [v.number for v in office.rolls.versions()] == [1]


def test_a_photo_is_added_shown_and_rolled_back(office: Office) -> None:
    enroll_folder(office, GALLERY)
    added = enroll_photo(office, SPEECH, "Barack Obama")
    assert added.version is not None and added.version.number == 2
    portrait = show(office, "Barack Obama")
    assert [entry.source for entry, _ in portrait.faces] == ["Barack Obama/portrait.jpg", "obama_speech.jpg"]
    assert all(thumbnail is not None and thumbnail[:2] == b"\xff\xd8" for _, thumbnail in portrait.faces)
    assert portrait._repr_html_().count("<img") == 2

    back = office.rolls.rollback(1)
    assert (back.number, back.faces, office.rolls.number()) == (3, 4, 3)
    np.testing.assert_array_equal(office.rolls.current().gallery.embeddings, office.rolls.at(1).gallery.embeddings)
    assert [v.change for v in office.rolls.versions()] == [
        "rollback to version 1", "enroll 1 photo of Barack Obama", "enroll 4 photos of 4 people",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="no version 9"):
        office.rolls.rollback(9)


def test_rename_and_merge(office: Office) -> None:
    enroll_folder(office, GALLERY)
    (refusal,) = enroll_photo(office, SPEECH, "The President").refusals
    assert "The same face is enrolled as Barack Obama" in refusal.why
    enroll_photo(office, SPEECH, "The President", anyway=True)
    merge(office, "The President", "Barack Obama")
    rename(office, "Grace Hopper", "Гре́йс Хо́ппер")
    assert listing(office)["Barack Obama"] == 2
    assert "Гре́йс Хо́ппер" in office.rolls.current().gallery.people
    with pytest.raises(UsageError, match="enrolled already"):
        rename(office, "Joe Biden", "Barack Obama")
    with pytest.raises(UsageError, match="Nobody called 'Ada' is enrolled"):
        merge(office, "Ada", "Joe Biden")
    with pytest.raises(UsageError, match="Did you mean 'Joe Biden'"):
        show(office, "joe biden")


def test_what_cannot_be_enrolled_is_refused_with_the_reason(office: Office, tmp_path: Path) -> None:
    for person, photo in (
        ("Ada", GALLERY / "Joe Biden" / "blue_room.jpg"),
        ("Barack Obama", SAMPLES / "obama_and_biden.jpg"),
        ("Barack Obama", SAMPLES / "no_face_rocket.jpg"),
        ("Joe Biden", GALLERY / "Joe Biden" / "blue_room.jpg"),
    ):
        (tmp_path / person).mkdir(exist_ok=True)
        shutil.copy(photo, tmp_path / person / photo.name)
    (tmp_path / "Ada" / "cut.jpg").write_bytes(SPEECH.read_bytes()[:2000])
    made = enroll_folder(office, tmp_path)
    said = {f"{r.photo.parent.name}/{r.photo.name}": r.why for r in made.refusals}
    assert listing(office) == {"Ada": 1}
    assert "2 faces" in said["Barack Obama/obama_and_biden.jpg"]
    assert "no face" in said["Barack Obama/no_face_rocket.jpg"]
    assert said["Joe Biden/blue_room.jpg"] == "The same photo is enrolled as Ada (Ada/blue_room.jpg)."
    assert "Ada/cut.jpg" in said and len(said) == 4


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a/b", "has a slash"), ("..", "has a slash"), ("", "is empty"), (" Ada", "begins or ends with a space"),
        ("Unknown", "nobody can be called"),
        ("STRANGER-7", "nobody can be called"),
        ("unknown", "the name of strangers"), ("stranger-12", "the name of strangers"), ("a\nb", "cannot be printed"),
        ("x" * 121, "the limit is 120"), ("\udc80", "not valid Unicode"),
    ],
)  # fmt: skip
def test_names_that_cannot_be(office: Office, name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        enroll_photo(office, SPEECH, name)


def test_a_name_is_the_same_however_it_was_typed(office: Office) -> None:
    enroll_photo(office, SPEECH, unicodedata.normalize("NFD", "Zoë Šimůnková 李"))
    assert enroll_photo(office, SPEECH, "Zoë Šimůnková 李").already == 1
    assert show(office, unicodedata.normalize("NFD", "Zoë Šimůnková 李")).name == "Zoë Šimůnková 李"


def test_an_enrollment_that_is_broken_off_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    whole = enrolling.only_face

    def breaking(office: Office, picture: bytes, *, checked: bool) -> object:
        looked.append(len(picture))
        if len(looked) == 3:
            raise KeyboardInterrupt
        return whole(office, picture, checked=checked)

    monkeypatch.setattr(enrolling, "only_face", breaking)
    with pytest.raises(KeyboardInterrupt):
        enroll_folder(office, GALLERY)
    assert listing(office) == {}
    assert len(office.rolls.draft()) == 2
    done = enroll_folder(office, GALLERY)
    assert (done.added, len(looked)) == (4, 5)  # two were not looked at again
    assert len(office.rolls.draft()) == 0


def test_two_that_enroll_at_the_same_time_both_count(office: Office) -> None:
    enroll_photo(office, SPEECH, "Barack Obama")
    other = Office(office.settings)
    other.finder, other.embedder = office.finder, office.embedder

    def edit_late(roll):  # type: ignore[no-untyped-def]
        if "Joe Biden" not in other.rolls.current().people:
            enroll_photo(other, GALLERY / "Joe Biden" / "blue_room.jpg", "Joe Biden")
        return roll.rename("Barack Obama", "Obama")

    office.rolls.change("rename late", edit_late)
    assert listing(office) == {"Joe Biden": 1, "Obama": 1}
    assert [v.number for v in office.rolls.versions()] == [3, 2, 1]


def test_only_the_newest_versions_are_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.aws.people.rolls.KEPT", 2)
    enroll_photo(office, SPEECH, "A")
    for old, new in (("A", "B"), ("B", "C")):
        rename(office, old, new)
    assert [v.number for v in office.rolls.versions()] == [3, 2]


def test_galleries_that_cannot_be_used(office: Office) -> None:
    key = gallery_key("dlib")
    foreign = Gallery.empty("facenet-vggface2").to_bytes()
    office.objects.put(key, foreign)
    with pytest.raises(GalleryError, match="was enrolled with facenet-vggface2, but dlib is in use"):
        enroll_photo(office, SPEECH, "A")
    office.objects.put(key, foreign[:100])
    with pytest.raises(GalleryError, match="cut short"):
        listing(office)
    office.objects.erase(key)
    enroll_photo(office, SPEECH, "A")
    book = office.rolls.folder + "000001.json"
    office.objects.put(book, json.dumps({"entries": []}).encode())
    with pytest.raises(GalleryError, match="not of one version"):
        listing(office)
    office.objects.put(book, b"{")
    with pytest.raises(GalleryError, match="cannot be read"):
        listing(office)


def test_a_gallery_that_was_put_there_by_other_means_is_taken_over(office: Office) -> None:
    enroll_folder(office, GALLERY)
    office.objects.put(gallery_key("dlib"), office.rolls.current().gallery.to_bytes())
    rename(office, "Joe Biden", "Biden")
    assert listing(office)["Biden"] == 1
    assert show(office, "Biden").faces[0][1] is None
