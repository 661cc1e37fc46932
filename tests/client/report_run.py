"""Runs to report on, written by the client's own code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

from src.client.ledger import Ledger
from src.client.outputs import write_all
from src.pipeline.contracts import FaceResult, Response, Status

EVIL = "<script>alert(1)</script>"
EVIL_FILE = "\"><img src=x onerror=alert(2)>&amp;'<!--.jpg"
TIMES = {"upload_s": 0.05, "frame_queue_s": 0.2, "detect_s": 0.1, "embed_s": 0.05, "resp_queue_s": 0.05}

# filename, status, names on the faces, error, seconds end to end
Row = tuple[str, str, list[str], str | None, float | None]
ROWS: list[Row] = [
    ("a1.jpg", "recognized", ["Ada"], None, 0.5),
    ("a2.jpg", "recognized", ["Ada", "unknown"], None, 0.6),
    ("a3.jpg", "no_face", [], None, 0.4),
    ("a4.jpg", "recognized", ["Ada", EVIL], None, 2.5),
    (EVIL_FILE, "recognized", [EVIL], None, 0.7),
    ("b1.jpg", "unknown", ["unknown"], None, 0.7),
    ("b2.jpg", "failed", [], f"It broke: {EVIL}", None),
    ("b3.jpg", "invalid", [], "The file is empty.", 0.3),
    ("b4.jpg", "missing", [], None, None),
    ("bad\udcff.jpg", "recognized", ["Grace \u202e\u00e9\U0001f600"], None, 0.7),
]


def write_run(out: Path, rows: list[Row], *, frames: Path, run_id: str = "run-1", **facts: Any) -> Path:
    """Results and a run file in ``out``, for frames in a folder; the run file."""
    path = out / "runs" / f"{run_id}.sqlite"
    ledger = Ledger(path)
    ledger.remember(run_id=run_id, folder=str(frames), skipped="0")
    ledger.add([row[0] for row in rows])
    for frame, (_, status, names, error, seconds) in zip(ledger.frames(), rows, strict=True):
        if status == "missing":
            continue
        faces = tuple(
            FaceResult(name, 0.3 + at / 100, (20.0 + 90 * at, 30.0, 80.0 + 90 * at, 110.0), 0.99)
            for at, name in enumerate(names)
        )
        timings: dict[str, float | bool] = {} if seconds is None else {**TIMES, "end_to_end_s": seconds}
        ledger.answered(Response(frame.request_id, run_id, "?", Status(status), faces, "dlib", timings, error))
    given = {"run_id": run_id, "exec_type": "aws", "input": str(frames), "skipped_files": 1, "seconds": 4.0}
    write_all(ledger, out, kind="aws", facts=given | {"frames_per_s": 2.5} | facts)
    ledger.close()
    return path


def write_frames(folder: Path, rows: list[Row]) -> Path:
    """A picture for each frame, 300 x 150 px, in a colour of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for at, row in enumerate(rows):
        Image.new("RGB", (300, 150), (40 + at * 37 % 200, 90, 120)).save(folder / row[0], "JPEG")
    return folder


def write_appearances(out: Path) -> dict[str, Any]:
    """As a recording of half a second between frames leaves it: Ada from 0 to 1.5 s, best in the second frame."""
    records = json.loads((out / "detections_aws.json").read_text())
    best = {"filename": records[1]["filename"], "request_id": records[1]["request_id"], "time_s": 0.5}
    one = {"person": "Ada", "from_s": 0.0, "to_s": 1.5, "frames": 3, "confidence": 0.9, "best": best, "corrected": []}
    told = {"run_id": "run-1", "source": "lobby.mp4", "every_s": 0.5, "appearances": [one]}
    (out / "appearances.json").write_text(json.dumps(told))
    return told
