"""The gate for enrollment photos: real photos as they are, and made worse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from src.pipeline.detector import Detector
from src.pipeline.embedder import Embedder
from src.pipeline.enrollment import embed_photo, enroll_folder, photos_in
from src.pipeline.errors import InvalidFrame
from src.pipeline.faces import FaceFinder
from src.pipeline.gallery import Gallery
from src.pipeline.quality import Gate
from src.pipeline.settings import Settings
from tests.conftest import GALLERY, SAMPLES

PHOTOS = [photo for _, photo in photos_in(GALLERY)]
SETTINGS = Settings.load({}, recognizer="dlib")


@pytest.fixture(scope="module")
def networks() -> tuple[FaceFinder, Embedder]:
    return FaceFinder(SETTINGS, Detector.load(SETTINGS), "dlib"), Embedder.load(SETTINGS, "dlib")


def small(image: Image.Image) -> Image.Image:
    side = 110 if image.height < 700 else 140
    return image.resize((side * image.width // image.height, side), Image.Resampling.BOX)


WORSE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "too small": small,
    "too blurred": lambda image: image.filter(ImageFilter.GaussianBlur(9 if image.width > 700 else 5)),
    "too dark": lambda image: ImageEnhance.Brightness(image).enhance(0.17),
}


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda photo: photo.parent.name)
@pytest.mark.parametrize("why", WORSE)
def test_each_sample_passes_and_made_worse_is_refused(networks, tmp_path: Path, photo: Path, why: str):
    assert embed_photo(photo, *networks).shape == (128,)
    with Image.open(photo) as image:
        WORSE[why](image.convert("RGB")).save(tmp_path / "worse.png")
    with pytest.raises(InvalidFrame, match=f"The face is {why}"):
        embed_photo(tmp_path / "worse.png", *networks)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("no_face_rocket.jpg", "shows no face"),
        ("obama_and_biden.jpg", "shows 2 faces"),
        ("four_people.jpg", "shows 4 faces"),
        ("collins_small.gif", r"too small: 28 x 35 px; at least 40 x 40"),
    ],
)
def test_photos_that_cannot_be(networks, frame: str, why: str):
    with pytest.raises(InvalidFrame, match=why):
        embed_photo(SAMPLES / frame, *networks)


def test_a_passer_by_far_behind_does_not_count(networks, tmp_path: Path):
    with Image.open(PHOTOS[0]) as front, Image.open(PHOTOS[1]) as behind:
        image = front.convert("RGB")
        image.paste(behind.convert("RGB").resize((200, 200)), (0, 0))  # a face 34 px wide, beside one of 242
        image.save(tmp_path / "both.png")
        image.paste(behind.convert("RGB").resize((400, 400)), (0, 0))
        image.save(tmp_path / "near.png")
    alone, with_passer_by = (embed_photo(photo, *networks) for photo in (PHOTOS[0], tmp_path / "both.png"))
    assert len(networks[0].find((tmp_path / "both.png").read_bytes()).faces) == 2
    assert np.linalg.norm(alone - with_passer_by) < 0.1
    with pytest.raises(InvalidFrame, match="shows 2 faces"):
        embed_photo(tmp_path / "near.png", *networks)


def test_a_folder_with_people_mixed_up(networks, tmp_path: Path):
    for person, name, source in (
        ("A", "1.jpg", SAMPLES / "obama_speech.jpg"),
        ("A", "2.jpg", SAMPLES / "biden_mirrored.jpg"),
        ("A", "3.jpg", SAMPLES / "obama_blue_room.jpg"),
        ("B", "1.jpg", SAMPLES / "obama_rgba.png"),
        ("B", "2.jpg", SAMPLES / "stranger.jpg"),
    ):
        (tmp_path / person).mkdir(exist_ok=True)
        (tmp_path / person / name).write_bytes(source.read_bytes())
    seen: list[Path] = []
    made = enroll_folder(tmp_path, *networks, on_photo=seen.append)
    assert [made.gallery.people[index] for index in made.gallery.person] == ["A", "A", "B"]
    said = {f"{refusal.photo.parent.name}/{refusal.photo.name}": refusal.why for refusal in made.refusals}
    assert said.keys() == {"A/2.jpg", "B/1.jpg"} and len(seen) == 5
    assert "too far from the other photos of A: 0.8" in said["A/2.jpg"]
    assert said["B/1.jpg"].startswith("The same face is enrolled as A: 0.")


def test_many_faces_are_known_again():
    random = np.random.default_rng(0)
    faces = random.standard_normal((300, 128)).astype(np.float32)
    gate = Gate(Gallery("dlib", ("p0",), np.zeros(1, np.int32), faces[:1]))
    for number in range(1, 300):
        gate.check(f"p{number}", faces[number])
        gate.take(f"p{number}", faces[number])
    for number in (0, 1, 64, 65, 299):
        gate.check(f"p{number}", faces[number])
        with pytest.raises(InvalidFrame, match=rf"enrolled as p{number}: 0\.00"):
            gate.check("p5", faces[number])
