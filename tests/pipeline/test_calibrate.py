"""Thresholds and margins from distances of people whose distances are known."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from src.pipeline.calibrate import calibrate, factor
from src.pipeline.calibration import Calibration
from src.pipeline.comparisons import STRANGER, Comparisons, compare
from src.pipeline.errors import UsageError
from src.pipeline.gallery import Gallery
from src.pipeline.models import recognizer

DLIB = recognizer("dlib")


def crowd(people: int, photos: int, seed: int = 1, spread: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """People as far apart as dlib's, photos of one around their middle."""
    random = np.random.default_rng(seed)
    middles = random.standard_normal((people, 128))
    shots = np.repeat(middles, photos, axis=0) + spread * random.standard_normal((people * photos, 128))
    embeddings = shots * (0.85 / 16)
    return embeddings.astype(np.float32), np.repeat(np.arange(people, dtype=np.int32), photos)


def test_comparisons_are_those_that_the_gallery_makes():
    embeddings, person = crowd(6, 3)
    found = compare(embeddings, person)
    assert (found.people, found.photos, len(found.genuine), len(found.impostor)) == (6, 18, 18, 90)
    names = tuple("abcdef")
    for row in range(18):
        others = np.arange(18) != row
        gallery = Gallery("dlib", names, person[others], embeddings[others])
        (match,) = gallery.match(embeddings[row : row + 1], threshold=4)
        assert found.genuine[row] == pytest.approx(match.distance, abs=1e-4)
        assert found.genuine_gaps[row] == pytest.approx(match.runner_up - match.distance, abs=1e-4)
        strangers = person != person[row]
        (match,) = Gallery("dlib", names, person[strangers], embeddings[strangers]).match(embeddings[row : row + 1])
        assert found.stranger_gaps[row] == pytest.approx(match.runner_up - match.distance, abs=1e-4)
    assert found.nearest[2] == pytest.approx(found.impostor.min())


def test_strangers_are_looked_up_and_nobody_is_compared_with_them():
    embeddings, person = crowd(6, 2)
    person[10:] = STRANGER
    found = compare(embeddings, person)
    assert (found.people, found.photos, len(found.genuine), len(found.impostor)) == (5, 10, 10, 10 * 4 + 2 * 5)


def test_the_factor_is_that_of_the_handbook():
    """NIST/SEMATECH e-Handbook 7.2.6.3: 43 wafers, 90 % of them with 99 % certainty."""
    assert factor(0.1, 43, 0.99) == pytest.approx(1.8752, abs=1e-4)


def test_more_people_make_a_more_certain_and_laxer_threshold():
    made = [calibrate(compare(*crowd(people, 2)), DLIB, 0.001, for_people=100) for people in (30, 100, 300)]
    assert [it.basis for it in made] == ["measured"] * 3
    thresholds = [it.threshold for it in made]
    assert thresholds == sorted(thresholds)
    for it in made:
        assert it.threshold < it.best_guess and it.far_guess < it.far_limit <= 0.001 * 1.0001
        assert (it.lost, it.lost_low) == (0, 0) and 0 < it.lost_high < 0.2


def test_strangers_are_let_in_no_more_often_than_asked():
    """Measured on 60 people, looked up by 4,000 others."""
    embeddings, person = crowd(60, 1)
    made = calibrate(compare(embeddings, person), DLIB, 0.01, for_people=60)
    strangers, _ = crowd(4000, 1, seed=2)
    gallery = Gallery("dlib", tuple(map(str, range(60))), person, embeddings, made)
    named = sum(match.name is not None for match in gallery.match(strangers))
    assert named <= 40


@pytest.mark.parametrize("far", [0.05, 0.001, 0.00001])
def test_a_stricter_rate_is_a_stricter_threshold(far):
    found = compare(*crowd(50, 2))
    made = calibrate(found, DLIB, far, for_people=50)
    per_person = NormalDist(found.impostor.mean(), found.impostor.std()).inv_cdf(far / 50)
    assert made.threshold < made.best_guess == pytest.approx(per_person, abs=1e-4)


def test_too_few_people_take_the_published_threshold():
    made = calibrate(compare(*crowd(4, 1)), DLIB, 0.001)
    assert (made.threshold, made.basis, made.source) == (0.5, "published", DLIB.threshold_source)
    assert made.best_guess is made.far_limit is made.lost is None
    assert "4 people are too few" in made.notes[0] and "Nobody has two photos" in made.notes[1]
    nobody = calibrate(compare(np.zeros((0, 128), np.float32), np.zeros(0, np.int32)), DLIB, 0.001)
    assert (nobody.threshold, nobody.margin, nobody.impostor) == (0.5, 0, 0)


def test_few_people_may_only_tighten_it():
    made = calibrate(compare(*crowd(10, 2, spread=0.1)), DLIB, 0.001)
    assert (made.threshold, made.basis) == (0.5, "published")
    assert any("do not loosen" in note for note in made.notes)
    embeddings, person = crowd(4, 2, spread=0.05)
    embeddings[2:4] = embeddings[:2] + 0.02  # two people alike
    made = calibrate(compare(embeddings, person), DLIB, 0.001)
    assert made.basis == "measured" and made.threshold < 0.25
    for match in Gallery("dlib", tuple("abcd"), person, embeddings, made).match(embeddings):
        assert match.distance == 0


def test_the_margin_stays_clear_of_genuine_faces():
    found = compare(*crowd(20, 3))
    made = calibrate(found, DLIB, 0.001)
    assert 0 < made.margin <= np.quantile(found.genuine_gaps, 0.01) / 2
    assert calibrate(compare(*crowd(20, 1)), DLIB, 0.001).margin == 0


def test_a_gallery_can_outgrow_it():
    made = calibrate(compare(*crowd(8, 1)), DLIB, 0.001)
    assert made.for_people == 16 and made.outgrown(16) is None
    assert "has grown to 17 people; its threshold was set for up to 16" in made.outgrown(17)


def test_it_is_kept_as_text():
    made = calibrate(compare(*crowd(8, 2)), DLIB, 0.001)
    assert Calibration.from_json(made.to_json()) == made
    assert Calibration.from_json("") is None
    with pytest.raises(ValueError, match="no distance"):
        Calibration.from_json(replace(made, threshold=float("nan")).to_json())


@pytest.mark.parametrize("far", [0, 1, -0.1, float("nan")])
def test_rates_that_are_none(far):
    empty = np.zeros(0, np.float32)
    with pytest.raises(UsageError, match="false-accept rate"):
        calibrate(Comparisons(empty, empty, empty, empty, 0, 0, None), DLIB, far)
