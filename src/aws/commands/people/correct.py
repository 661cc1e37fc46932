"""people correct: the right name for a face of an answered frame."""

from __future__ import annotations

import argparse

from src.aws.commands.common import OK, deployed, say
from src.aws.commands.people.out_files import Answers, add_out

HELP = "the right name for a face that was named wrongly, or not at all"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--request-id", required=True, metavar="ID", help="of the frame")
    parser.add_argument("--face", type=int, default=0, metavar="N", help="which face of it (default 0, the first)")
    parser.add_argument("--name", required=True, help="the right name, or unknown")
    parser.add_argument("--learn", action="store_true", help="enroll the face under that name, too")
    add_out(parser)


def run(options: argparse.Namespace) -> int:
    from src.aws.people.correct import correct
    from src.aws.people.listing import listing
    from src.aws.people.office import Office

    office, answers = Office(deployed(options)), Answers()
    done = correct(office, options.request_id, options.face, options.name, learn=options.learn)
    answers.add(done.frame)
    learned = f"; gallery version {done.version.number}" if done.version else ""
    print(f"{done.frame['filename']}, face {options.face}: {done.before} → {done.after}{learned}")
    if not answers.write(options.out):
        say(f"No run in {options.out} has this frame: only the table was corrected.")
    if done.after != "unknown" and done.after not in listing(office):
        say(f"{done.after} is not enrolled: other frames will not name them. To enroll this face, add --learn.")
    return OK
