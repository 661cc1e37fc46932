"""A threshold for a false-accept rate, and a margin, from few comparisons; pure NumPy.

The impostor distances are taken as normal. Looked up among N people, a stranger is accepted at the rate p = far / N
per person at most, so the threshold lies k standard deviations under their mean, with k the one-sided tolerance factor
(NIST/SEMATECH e-Handbook, 7.2.6.3): with 90 % certainty no more than p of all impostors are nearer. The people are what
was drawn at random, not the photos, so n is the number of people: fewer of them make a stricter threshold.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from src.pipeline.calibration import Calibration
from src.pipeline.comparisons import Comparisons
from src.pipeline.errors import UsageError
from src.pipeline.models import Recognizer

CERTAINTY = 0.9
FEWEST_PEOPLE = 5  # with fewer, mean and spread say next to nothing
ENOUGH_PEOPLE = 30  # with fewer, a threshold may be stricter than the published one, but not laxer
ROOM = 2  # a gallery may grow to so many times its people before the threshold is outgrown
LEAST_ROOM = 10
NORMAL = NormalDist()


def calibrate(found: Comparisons, model: Recognizer, far: float, for_people: int | None = None) -> Calibration:
    """far: share of strangers' faces that may get a name, looked up among for_people people (None: twice as many as
    there are, at least 10). Raises UsageError when far is no share."""
    if not 0 < far < 0.5:
        raise UsageError(f"The false-accept rate is {far}; it must lie between 0 and 0.5, as in 0.001 for 1 in 1,000.")
    room = for_people or max(ROOM * found.people, LEAST_ROOM)
    each = far / room
    notes = []
    basis: Literal["measured", "published"] = "published"
    threshold, source = model.threshold, model.threshold_source
    guess = far_guess = far_limit = None
    if found.people >= FEWEST_PEOPLE:
        mean, spread = float(found.impostor.mean()), max(float(found.impostor.std()), 1e-6)
        guess = max(mean + NORMAL.inv_cdf(each) * spread, 0.0)
        safe = max(mean - factor(each, found.people) * spread, 0.0)
        if found.people >= ENOUGH_PEOPLE or safe < model.threshold:
            threshold, basis = safe, "measured"
            source = f"{len(found.impostor)} impostor comparisons of {found.people} people"
        else:
            notes.append(
                f"{found.people} people would allow {safe:.3f}; fewer than {ENOUGH_PEOPLE} do not loosen a threshold."
            )
    else:
        notes.append(
            f"{found.people} people are too few to measure on (at least {FEWEST_PEOPLE}): the model's own is used."
        )
    if len(found.impostor):
        # Where there are not enough comparisons for the rate, this is the nearest impostor of all.
        seen = float(np.quantile(found.impostor, each, method="lower"))
        if seen <= threshold:
            threshold, basis = float(np.nextafter(np.float32(seen), np.float32(0))), "measured"
            source = f"just below the nearest of {len(found.impostor)} impostor comparisons"
    if guess is not None:
        far_guess = min(1.0, room * NORMAL.cdf((threshold - mean) / spread))
        far_limit = min(1.0, room * _rate_limit((mean - threshold) / spread, found.people))
    lost, low, high = _share_beyond(found.genuine, threshold)
    if lost is None:
        notes.append("Nobody has two photos: how many genuine faces the threshold loses is not known.")
    elif lost > 0.05:
        notes.append(f"The threshold loses {lost:.0%} of the genuine comparisons: enroll more photos, or allow more.")
    return Calibration(
        round(threshold, 6) if basis == "published" else math.floor(threshold * 1e6) / 1e6, _margin(found), far, room,
        basis, source, found.people, found.photos, len(found.genuine), len(found.impostor), guess, far_guess,
        far_limit, lost, low, high, tuple(notes),
    )  # fmt: skip


def factor(share: float, n: int, certainty: float = CERTAINTY) -> float:
    """So many sample standard deviations under the mean of n, with this certainty no more than the share is below."""
    z, g = -NORMAL.inv_cdf(share), NORMAL.inv_cdf(certainty)
    a, b = 1 - g * g / (2 * (n - 1)), z * z - g * g / n
    return (z + math.sqrt(max(z * z - a * b, 0.0))) / a


def _rate_limit(below: float, n: int) -> float:
    """The share that is not exceeded, with the certainty, so many standard deviations under the mean."""
    low, high = 1e-15, 0.5
    if factor(high, n) >= below:
        return 1.0
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if factor(middle, n) > below else (low, middle)
    return high


def _share_beyond(genuine: NDArray[np.float32], threshold: float) -> tuple[float | None, float | None, float | None]:
    """The share that is lost, and its 95 % interval (Wilson)."""
    n = len(genuine)
    if not n:
        return None, None, None
    share, z = float((genuine > threshold).mean()), NORMAL.inv_cdf(0.975)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return share, max(0.0, middle - half), min(1.0, middle + half)


def _margin(found: Comparisons) -> float:
    """As large as 19 of 20 strangers' gaps between first and second person, but at most half of the gap that all but
    1 in 100 genuine faces have; 0 where either is unknown."""
    if not len(found.stranger_gaps) or not len(found.genuine_gaps):
        return 0.0
    strangers = float(np.quantile(found.stranger_gaps, 0.95))
    return round(max(0.0, min(strangers, float(np.quantile(found.genuine_gaps, 0.01)) / 2)), 6)
