"""people calibrate: the threshold and margin of the gallery, measured on its own photos."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from src.aws.commands.common import OK, deployed, say

if TYPE_CHECKING:
    from src.aws.people.calibrating import Calibrated

BASIS = {"measured": "measured", "published": "the model's own"}
HELP = "set the threshold for a false-accept rate, measured on the enrolled photos"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--far", type=float, default=0.001, metavar="SHARE",
                        help="of strangers' faces that may get a name; default 0.001, 1 in 1,000")  # fmt: skip
    parser.add_argument(
        "--for-people",
        type=int,
        metavar="N",
        help="up to how many people the gallery may grow; default: twice as many as there are",
    )
    parser.add_argument("--labels", type=Path, metavar="CSV", help="more photos: filename, person (or unknown)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the distances and the threshold there")


def run(options: argparse.Namespace) -> int:
    from src.aws.people.calibrating import calibrate_gallery, check_plot  # the models load only here
    from src.aws.people.office import Office

    if options.plot:
        check_plot(options.plot)
    office = Office(deployed(options))
    made = calibrate_gallery(office, options.far, for_people=options.for_people, labels=options.labels)
    for line in made.passed:
        say(f"passed over: {line}")
    for line in lines(made):
        print(line)
    if options.plot:
        made.plot().savefig(options.plot)
    return OK


def lines(made: Calibrated) -> list[str]:
    """What was set, and how certain it is."""
    it = made.calibration
    said = [
        f"threshold {it.threshold:.3f}, {BASIS[it.basis]} ({it.source}); margin {it.margin:.3f}; "
        f"version {made.version.number} of the gallery",
        f"for {it.far:g} false accepts per stranger's face, among up to {it.for_people} people; measured on "
        f"{it.people} people, {it.photos} photos: {it.genuine} genuine and {it.impostor} impostor comparisons",
    ]
    if it.far_guess is not None and it.far_limit is not None and it.best_guess is not None:
        said.append(
            f"false accepts at this threshold: {it.far_guess:.2g} most likely, with 90 % certainty at most "
            f"{it.far_limit:.2g}; if these few people were sure to be like all others, it could be {it.best_guess:.3f}"
        )
    if it.lost is not None:
        said.append(f"genuine faces lost: {it.lost:.1%} (95 % interval {it.lost_low:.1%} to {it.lost_high:.1%})")
    if made.nearest:
        said.append("most alike: {} and {}, {:.3f} apart".format(*made.nearest))
    return said + [f"note: {note}" for note in it.notes]
