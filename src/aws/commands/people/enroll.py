"""people enroll: a folder, a photo, or a face that a run has seen."""

from __future__ import annotations

import argparse
from pathlib import Path

from src.aws.commands.common import INCOMPLETE, OK, deployed, say
from src.pipeline.errors import UsageError

HELP = "enroll a folder of people, one photo, or a face that was seen in a run"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "photos", type=Path, nargs="?", metavar="FOLDER|PHOTO", help="<folder>/<person>/*, or one photo"
    )
    parser.add_argument("--name", help="of the person on the photo or face")
    parser.add_argument("--request-id", metavar="ID", help="a frame that was answered")
    parser.add_argument("--face", type=int, metavar="N", help="which face of it; 0 is the first of its faces")
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="a photo that was refused for its quality, or for a face that is enrolled as somebody else",
    )


def run(options: argparse.Namespace) -> int:
    from src.aws.people import enrolling, seen  # the models load only here
    from src.aws.people.office import Office

    _check(options)
    office = Office(deployed(options))
    if options.photos is None:
        made = seen.enroll_face(office, options.request_id, options.face, options.name, anyway=options.anyway)
    elif options.photos.is_dir():
        made = enrolling.enroll_folder(office, options.photos)
    else:
        made = enrolling.enroll_photo(office, options.photos, options.name, anyway=options.anyway)
    if not (made.added or made.already or made.refusals):
        raise UsageError(f"There are no photos in {options.photos}; they are looked for in {options.photos}/<person>/.")
    for refusal in made.refusals:
        say(f"{refusal.photo}: not enrolled: {refusal.why}")
    print(f"{len(made.gallery.people)} people, {len(made.gallery)} photos, recognizer {made.gallery.model}")
    version = f"version {made.version.number}" if made.version else "the gallery is as it was"
    print(f"{made.added} added, {made.already} enrolled already, {len(made.refusals)} refused; {version}")
    calibration = made.gallery.calibration
    if calibration and (warning := calibration.outgrown(len(made.gallery.people))):
        say(warning)
    return INCOMPLETE if made.refusals else OK


def _check(options: argparse.Namespace) -> None:
    photos, seen = options.photos, options.request_id is not None
    if seen != (photos is None) or seen != (options.face is not None):
        raise UsageError("Give either a folder or a photo, or --request-id ID with --face N.")
    if photos is not None and not photos.exists():
        raise UsageError(f"There is no folder or photo {photos}.")
    is_folder = photos is not None and photos.is_dir()
    if is_folder and options.name is not None:
        raise UsageError("In a folder the names are those of its folders: leave --name out.")
    if is_folder and options.anyway:
        raise UsageError("--anyway is for one photo or face, looked at by you; not for a folder.")
    if not is_folder and options.name is None:
        raise UsageError("--name is missing: who is it?")
