"""A deployment's threshold and margin, measured on its own gallery and kept in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from src.aws.people.office import Office
from src.aws.people.roll import Roll
from src.aws.people.rolls import Version
from src.pipeline.calibrate import NORMAL, calibrate
from src.pipeline.calibration import Calibration
from src.pipeline.comparisons import STRANGER, Comparisons, compare
from src.pipeline.errors import InvalidFrame, UsageError
from src.pipeline.gallery import Gallery
from src.pipeline.labels import read_labels
from src.pipeline.models import Recognizer, recognizer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAME = 1e-3  # a labelled photo this near to an enrolled one is that photo
PLOT_TYPES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Calibrated:
    """calibration is in use as of version. nearest: the two people most alike, and how far apart. passed: photos
    without use."""

    calibration: Calibration
    comparisons: Comparisons
    version: Version
    model: Recognizer
    nearest: tuple[str, str, float] | None
    passed: tuple[str, ...]

    def plot(self) -> Figure:
        """How far photos are from their own person and from others, and where the threshold lies."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 4), layout="constrained")
        axes = figure.subplots()
        found, set_ = self.comparisons, self.calibration
        edges = np.linspace(0, max(1.2, float(found.impostor.max(initial=0))), 61).tolist()
        for distances, label, colour in (
            (found.genuine, "same person", "tab:green"),
            (found.impostor, "others", "tab:red"),
        ):
            if len(distances):
                label = f"{label} ({len(distances)} comparisons)"
                axes.hist(distances, edges, density=True, alpha=0.5, color=colour, label=label)
        if set_.best_guess is not None:
            mean, spread = float(found.impostor.mean()), max(float(found.impostor.std()), 1e-6)
            axes.plot(edges, [NORMAL.__class__(mean, spread).pdf(at) for at in edges], color="tab:red", label="fitted")
            axes.axvline(set_.best_guess, color="grey", ls=":", label=f"best guess {set_.best_guess:.3f}")
        axes.axvline(self.model.threshold, color="grey", ls="--", label=f"model's own {self.model.threshold:.3f}")
        axes.axvline(set_.threshold, color="black", label=f"threshold {set_.threshold:.3f}")
        axes.set(xlabel="distance to the person's nearest photo", ylabel="density",
                 title=f"{self.model.id}: {set_.people} people, {set_.photos} photos")  # fmt: skip
        axes.legend()
        return figure


def calibrate_gallery(
    office: Office, far: float = 0.001, *, for_people: int | None = None, labels: Path | None = None
) -> Calibrated:
    """Measure on the enrolled photos and on those of a labels.csv, and put the threshold and margin in use.

    far, for_people: see ``src.pipeline.calibrate``. Raises UsageError when nobody is enrolled, or labels.csv is bad.
    """
    gallery = office.rolls.current().gallery
    if not len(gallery):
        raise UsageError("Nobody is enrolled: there is nothing to calibrate. See: python -m src.aws people enroll")
    people, person, embeddings, passed = _with_labelled(office, gallery, labels)
    found = compare(embeddings, person)
    model = recognizer(gallery.model)
    made = calibrate(found, model, far, for_people)
    version = office.rolls.change(
        f"calibrate for {far:g} false accepts: threshold {made.threshold:.3f}, margin {made.margin:.3f}",
        lambda roll: Roll(replace(roll.gallery, calibration=made), roll.entries),
    )
    alike = found.nearest
    nearest = (people[alike[0]], people[alike[1]], alike[2]) if alike else None
    return Calibrated(made, found, version, model, nearest, tuple(passed))


def _with_labelled(
    office: Office, gallery: Gallery, labels: Path | None
) -> tuple[list[str], NDArray[np.int32], NDArray[np.float32], list[str]]:
    """Names; whose each embedding is; enrolled and labelled embeddings together; photos without a face of use."""
    people, person, embeddings, passed = list(gallery.people), list(gallery.person), list(gallery.embeddings), []
    for label in tqdm(read_labels(labels) if labels else [], desc="labelled", unit="photo", disable=None):
        try:
            faces = office.look(label.photo.read_bytes())
        except (OSError, InvalidFrame) as error:
            passed.append(f"{label.photo}: {error}")
            continue
        if not faces:
            passed.append(f"{label.photo}: The photo shows no face.")
        elif np.linalg.norm(gallery.embeddings - faces[0].embedding, axis=1).min() > SAME:
            if label.person is not None and label.person not in people:
                people.append(label.person)
            person.append(np.int32(STRANGER if label.person is None else people.index(label.person)))
            embeddings.append(faces[0].embedding)
    return people, np.array(person, np.int32), np.stack(embeddings).astype(np.float32), passed


def check_plot(path: Path) -> None:
    """Raises UsageError when no plot can be written there."""
    if path.suffix.lower() not in PLOT_TYPES or not path.parent.is_dir():
        raise UsageError(f"{path}: a plot is a {', '.join(PLOT_TYPES)} file in a folder that is there.")
