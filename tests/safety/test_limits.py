"""A frame of a crowd: no more faces are worked on than the setting allows, and those are the largest."""

from __future__ import annotations

from dataclasses import replace

from src.pipeline.detector import Detector
from src.pipeline.faces import FaceFinder
from src.pipeline.settings import Settings
from tests.conftest import SAMPLES


def test_of_many_faces_the_largest_are_taken() -> None:
    settings = Settings.load({}, recognizer="dlib")
    detector, frame = Detector.load(settings), (SAMPLES / "four_people.jpg").read_bytes()
    every = FaceFinder(settings, detector, "dlib").find(frame)
    two = FaceFinder(replace(settings, max_faces=2), detector, "dlib").find(frame)
    assert len(every.faces) == 4
    assert two.faces == every.faces[:2]
    assert len(two.crops) == 2
    areas = [(face.box[2] - face.box[0]) * (face.box[3] - face.box[1]) for face in every.faces]
    assert areas == sorted(areas, reverse=True)
