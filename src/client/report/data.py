"""What the page shows, as one JSON object. Its fields are the ones that template/*.js reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from src.client.outputs import COLD, STAGES, statistics_of
from src.client.report.appearances import Person, timeline_of
from src.client.report.source import Shot, ShownRun
from src.client.report.thumbnails import Thumbnail, Thumbnails
from src.pipeline.contracts import UNKNOWN_NAME

PER_BLOCK = 200  # pictures that the page reads at once


def page_data(run: ShownRun, thumbnails: Thumbnails) -> dict[str, Any]:
    """Names, people, stages and frames; each name and stage once, elsewhere by its number."""
    timeline = timeline_of(run)
    people = timeline.people
    order = sorted(people, key=lambda name: (name == UNKNOWN_NAME, -len(people[name].frames)))
    numbers = {name: number for number, name in enumerate(order)}
    return {
        "run": _facts(run),
        "unknown": numbers.get(UNKNOWN_NAME, -1),
        "names": [_unicode(name) for name in order],
        "timeline": [timeline.unit, round(timeline.length, 3)],
        "people": [_person(people[name]) for name in order],
        "stages": [_stage(stage, run) for stage in STAGES],
        "side": thumbnails.side,
        "perBlock": PER_BLOCK,
        "frames": [
            _frame(shot, picture, numbers) for shot, picture in zip(run.shots, thumbnails.pictures, strict=True)
        ],
    }


def _person(person: Person) -> list[Any]:
    appearances = [[round(a.start, 3), round(a.end, 3), a.frames, a.best, a.confidence] for a in person.appearances]
    return [len(person.frames), person.best, appearances]


def _facts(run: ShownRun) -> dict[str, Any]:
    texts = {name: _text(run.summary.get(name)) for name in ("run_id", "exec_type", "model")}
    numbers = {name: _finite(run.summary.get(name)) for name in ("seconds", "frames_per_s", "skipped_files")}
    return texts | numbers | {"title": _title(run), "made": datetime.now(UTC).isoformat(timespec="seconds")}


def _title(run: ShownRun) -> str | None:
    """The name of the video or the folder. Not its path or address: the page may be passed on."""
    video = run.summary.get("video")
    source = video.get("source") if isinstance(video, dict) else None
    name = run.frames.name if run.frames else None
    if isinstance(source, str):
        name = (_hostname(source) if "://" in source else Path(source).name) or name
    return None if name is None else _unicode(name)


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _stage(stage: str, run: ShownRun) -> dict[str, Any]:
    values = [float(shot.timings[stage]) for shot in run.shots if shot.timings and stage in shot.timings]
    return {"name": stage, **(statistics_of(values) if values else {"count": 0})}


def _frame(shot: Shot, picture: Thumbnail | None, numbers: Mapping[str, int]) -> list[Any]:
    width, height = picture.size if picture else _guessed(shot)
    timings = shot.timings or {}
    faces = [
        [numbers[face.name], _rounded(face.distance), round(face.score, 4), *_shares(face.box, width, height)]
        for face in shot.faces
    ]
    seconds = [round(float(timings[stage]), 4) if stage in timings else None for stage in STAGES]
    cold = any(timings.get(name) for name in COLD)
    size = [width, height, int(picture is not None)]
    error = None if shot.error is None else _unicode(shot.error)
    return [_unicode(shot.filename), shot.status, faces, size, seconds, int(cold), error, shot.request_id]


def _guessed(shot: Shot) -> tuple[int, int]:
    """A size that the faces fit in, for a frame that is not there."""
    right = max((face.box[2] for face in shot.faces), default=0.0)
    bottom = max((face.box[3] for face in shot.faces), default=0.0)
    height = max(bottom * 1.1, right * 1.1 * 3 / 4, 1.0)
    return round(height * 4 / 3) or 1, round(height) or 1


def _shares(box: tuple[float, float, float, float], width: int, height: int) -> list[float]:
    """left, top, width and height of a box as shares 0..1 of the frame; cut off at its edges."""
    x1, x2 = (min(max(x / width, 0.0), 1.0) for x in (box[0], box[2]))
    y1, y2 = (min(max(y / height, 0.0), 1.0) for y in (box[1], box[3]))
    return [round(share, 4) for share in (x1, y1, max(x2 - x1, 0.0), max(y2 - y1, 0.0))]


def _text(value: Any) -> str | None:
    return _unicode(value) if isinstance(value, str) else None


def _finite(value: Any) -> float | None:
    return value if isinstance(value, int | float) and abs(value) < 1e15 else None


def _unicode(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _rounded(distance: float | None) -> float | None:
    return None if distance is None else round(distance, 4)
