"""``out/appearances.json``: who was seen in a video, from when to when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from src.client.ledger import Ledger
from src.client.outputs import record_of, replaced
from src.client.tracks import appearances_in
from src.client.video.names import clock_face
from src.client.words import counted

LONGEST_LIST = 50


def write_appearances(ledger: Ledger, out: Path) -> list[dict[str, Any]]:
    """Write the file for the run of a video, and give its appearances; [] and no file for any other run."""
    every = ledger.recall("every_s")
    if every is None:
        return []
    stills = ledger.recall("stills") == "yes"
    records = (record_of(frame) for frame in ledger.frames())
    found = [appearance.to_json() for appearance in appearances_in(records, float(every), stills=stills)]
    with replaced(out / "appearances.json") as file:
        about = {"run_id": ledger.recall("run_id"), "source": ledger.recall("source"), "every_s": float(every)}
        json.dump(about | {"appearances": found}, file, indent=1)
        file.write("\n")
    return found


def appearance_lines(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found[:LONGEST_LIST]:
        frames = counted(one["frames"], "frame")
        corrected = f", {len(one['corrected'])} corrected" if one["corrected"] else ""
        when = f"{clock_face(one['from_s'])} to {clock_face(one['to_s'])}"
        yield f"{when}  {one['person']}  {frames}, confidence {one['confidence']:.2f}{corrected}"
    if len(found) > LONGEST_LIST:
        yield f"… and {len(found) - LONGEST_LIST} more appearances, all of them in appearances.json."
