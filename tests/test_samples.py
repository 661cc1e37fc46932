"""gallery/ and input_folder/ are what they say they are; that the names come out right is the main job's test."""

import json

from src.client.folder import files_in
from src.pipeline.contracts import UNKNOWN_NAME, Status
from src.pipeline.enrollment import photos_in
from src.pipeline.images import decode_frame
from src.pipeline.settings import PROJECT_ROOT, Settings

GALLERY, FRAMES = PROJECT_ROOT / "gallery", PROJECT_ROOT / "input_folder"
EXPECTED = json.loads((PROJECT_ROOT / "tests" / "data" / "expected.json").read_text())
PHOTOS = list(photos_in(GALLERY))


def test_every_frame_has_an_expectation_and_a_line_on_where_it_is_from():
    frames = {name for name, is_frame in files_in(FRAMES) if is_frame}
    assert frames == EXPECTED.keys()
    sources = (FRAMES / "SOURCES.md").read_text()
    assert [name for name in frames if f"| `{name}` |" not in sources] == []


def test_every_photo_has_a_line_on_where_it_is_from():
    sources = (GALLERY / "SOURCES.md").read_text()
    assert [photo for person, photo in PHOTOS if f"| `{person}/{photo.name}` |" not in sources] == []


def test_the_frames_hold_every_person_together_and_alone_a_stranger_and_nobody():
    people = {person for person, _ in PHOTOS}
    assert len(people) == 4
    alone = {answer["names"][0] for answer in EXPECTED.values() if len(answer["names"]) == 1}
    assert alone == people | {UNKNOWN_NAME}
    assert any(set(answer["names"]) == people for answer in EXPECTED.values())
    assert {answer["status"] for answer in EXPECTED.values()} == {Status.RECOGNIZED, Status.UNKNOWN, Status.NO_FACE}


def test_the_samples_are_small():
    files = [photo for _, photo in PHOTOS] + [FRAMES / name for name in EXPECTED]
    assert [path for path in files if path.stat().st_size > 300_000] == []
    assert [path for path in files if max(decode_frame(path.read_bytes(), Settings()).shape) > 1400] == []
