"""people calibrate, with real photos: the threshold is kept in the gallery, and serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.aws.commands.people.calibrate import lines
from src.aws.people.calibrating import calibrate_gallery, check_plot
from src.aws.people.enrolling import enroll_folder, enroll_photo
from src.aws.people.office import Office
from src.pipeline.errors import UsageError
from tests.conftest import GALLERY, SAMPLES


def test_the_threshold_is_kept_in_the_gallery(office: Office, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nobody is enrolled"):
        calibrate_gallery(office)
    enroll_folder(office, GALLERY)
    labels = tmp_path / "labels.csv"
    rows = ["filename,person"]
    for name, person in (
        ("obama_speech.jpg", "Barack Obama"), ("biden_dark.jpg", "Joe Biden"), ("stranger.jpg", "Marie Curie"),
        ("stranger_mirrored.jpg", "unknown"), ("no_face_coffee.jpg", "Joe Biden"),
    ):  # fmt: skip
        (tmp_path / name).symlink_to(SAMPLES / name)
        rows.append(f"{name},{person}")
    labels.write_text("\n".join(rows))
    made = calibrate_gallery(office, 0.001, labels=labels)
    assert (made.calibration.people, made.calibration.photos, made.calibration.genuine) == (5, 7, 4)
    assert len(made.passed) == 1 and "no_face_coffee.jpg: The photo shows no face" in made.passed[0]
    gallery = office.rolls.current().gallery
    assert gallery.calibration == made.calibration and gallery.threshold <= 0.5
    assert made.version.change.startswith("calibrate for 0.001 false accepts: threshold 0.")
    assert enroll_photo(office, SAMPLES / "obama_speech.jpg", "Barack Obama").gallery.calibration == made.calibration
    office.rolls.rollback(1)
    assert office.rolls.current().gallery.calibration is None


def test_it_says_how_certain_it_is_and_draws(office: Office, tmp_path: Path) -> None:
    enroll_folder(office, GALLERY)
    made = calibrate_gallery(office)
    said = "\n".join(lines(made))
    assert "threshold 0.500, the model's own (stricter than the 0.6 that dlib publishes" in said
    assert "note: 4 people are too few" in said and "most alike: Eileen Collins and Grace Hopper" in said
    made.plot().savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 5000
    for bad in ("plot.doc", "absent/plot.png"):
        with pytest.raises(UsageError, match="a plot is a"):
            check_plot(tmp_path / bad)
