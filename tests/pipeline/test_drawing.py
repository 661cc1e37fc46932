import numpy as np
import pytest
from PIL import Image

from src.pipeline.contracts import FaceResult
from src.pipeline.drawing import KNOWN, LONGEST_TEXT, UNKNOWN, drawn, face_labels, one_line

GREY = (90, 90, 90)


def face(name: str, *box: float) -> FaceResult:
    return FaceResult(name, 0.3, box, 0.99)


def colours(picture: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in np.asarray(picture).reshape(-1, 3)}


def test_a_face_gets_a_box_where_it_is_and_its_name_above():
    blank = Image.new("RGB", (400, 300), GREY)
    picture = drawn(blank, face_labels([face("Ada", 100, 120, 200, 260)]))
    pixels = np.asarray(picture)
    assert blank.getpixel((100, 200)) == GREY
    assert [tuple(pixels[y, x]) for y, x in ((200, 100), (200, 200), (260, 150), (120, 150))] == [KNOWN] * 4
    assert tuple(pixels[200, 150]) == GREY
    assert KNOWN in colours(picture.crop((100, 95, 130, 118)))
    assert colours(picture.crop((0, 0, 400, 80))) == {GREY}


def test_known_and_unknown_faces_differ():
    picture = drawn(
        Image.new("RGB", (400, 300), GREY),
        face_labels([face("Ada", 9, 99, 90, 200), face("unknown", 200, 99, 300, 200)]),
    )
    assert {KNOWN, UNKNOWN} <= colours(picture)


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("Ada", (-50.0, -50.0, 900.0, 900.0)),
        ("Ada", (90.0, 90.0, 10.0, 10.0)),
        ("Ada", (5000.0, 5000.0, 6000.0, 6000.0)),
        ("Ada", (1e14, -1e14, 1e14, 1e14)),
        ("x" * 10_000, (0.0, 0.0, 5.0, 5.0)),
        ("Ада 😀 \u202e\n\x00 艾达", (1.0, 1.0, 8.0, 8.0)),
        ("\ud800", (1.0, 1.0, 8.0, 8.0)),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (400, 300)])
def test_any_box_and_name_can_be_drawn(name, box, size):
    assert drawn(Image.new("RGB", size, GREY), face_labels([face(name, *box)])).size == size


def test_a_text_is_one_short_line():
    assert one_line("a\nb\x00\u202ec") == "a�b��c"
    assert len(one_line("x" * 999)) == LONGEST_TEXT
