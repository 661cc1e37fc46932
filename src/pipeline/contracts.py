"""The messages that travel between client, functions and stores: one place that reads and writes them.

Everything here is plain JSON types, so that a client can read answers without loading an array library.
Missing fields and wrong types raise ContractError; keys that are not known are let pass.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from src.pipeline.errors import ContractError

MAX_MESSAGE_BYTES = 1024 * 1024  # SQS, body and attributes together
MAX_KEY_BYTES = 1024  # S3
FRAMES, CROPS, GALLERY = "frames/", "crops/", "gallery/"
CROPS_SUFFIX = ".crops"
UNKNOWN_NAME = "unknown"
FORGOTTEN = "The frame was removed: who or what it shows was to be forgotten."  # the error of such a frame
WAKE = {"wake": "face-recognition"}  # in the request queue, but no request: see wake.py


class Status(StrEnum):
    """How a frame ended. Exactly one of these reaches the client for each frame."""

    RECOGNIZED = "recognized"
    UNKNOWN = "unknown"
    NO_FACE = "no_face"
    INVALID = "invalid"
    FAILED = "failed"


Timings = dict[str, float | bool]


@dataclass(frozen=True)
class Face:
    """A detection as it travels: box x1 y1 x2 y2 px, score 0..1, five landmarks x y px."""

    box: tuple[float, float, float, float]
    score: float
    landmarks: tuple[tuple[float, float], ...]

    def to_json(self) -> dict[str, Any]:
        return {"box": list(self.box), "score": self.score, "landmarks": [list(p) for p in self.landmarks]}

    @classmethod
    def from_json(cls, value: Any) -> Face:
        face = _object(value, "face")
        landmarks = _list(face, "landmarks")
        if len(landmarks) != 5:
            raise ContractError(f"landmarks has {len(landmarks)} points; a face has 5.")
        return cls(
            _four(_numbers(face, "box", 4)),
            _number(face, "score"),
            tuple(_pair(_numbers({"landmark": p}, "landmark", 2)) for p in landmarks),
        )


@dataclass(frozen=True)
class Request:
    """One frame with at least one face, from detection to recognition.

    crops is the text of ``crop_codec.pack``; crops_key is where the same bytes lie in the bucket when they
    do not fit in a message. Exactly one of the two is set.
    """

    request_id: str
    run_id: str
    filename: str
    image_size: tuple[int, int]
    faces: tuple[Face, ...]
    crops: str | None = None
    crops_key: str | None = None
    bucket: str | None = None
    key: str | None = None
    timings: Timings = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        message: dict[str, Any] = {
            "request_id": self.request_id,
            "run_id": self.run_id,
            "filename": self.filename,
            "image_size": list(self.image_size),
            "faces": [face.to_json() for face in self.faces],
            "timings": self.timings,
        }
        optional = {"crops": self.crops, "crops_key": self.crops_key, "bucket": self.bucket, "key": self.key}
        return message | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def from_json(cls, value: Any) -> Request:
        body = _object(value, "request")
        crops, crops_key = _optional_text(body, "crops"), _optional_text(body, "crops_key")
        if (crops is None) == (crops_key is None):
            raise ContractError("A request carries either crops or crops_key.")
        width, height = _numbers(body, "image_size", 2)
        return cls(
            request_id=_text(body, "request_id"),
            run_id=_text(body, "run_id"),
            filename=_text(body, "filename"),
            image_size=(int(width), int(height)),
            faces=tuple(Face.from_json(face) for face in _list(body, "faces")),
            crops=crops,
            crops_key=crops_key,
            bucket=_optional_text(body, "bucket"),
            key=_optional_text(body, "key"),
            timings=_timings(body),
        )


@dataclass(frozen=True)
class FaceResult:
    """A face with the name it was given: a person's, or ``unknown``.

    distance is to the nearest enrolled person, named or not; None when nobody is enrolled.
    attributes: what ``people info`` tells of the person. stranger: the anonymous id of an unknown face, and
    seen_before: whether another frame had it, where strangers are remembered.
    """

    name: str
    distance: float | None
    box: tuple[float, float, float, float]
    score: float
    attributes: Mapping[str, str] | None = None
    stranger: str | None = None
    seen_before: bool | None = None

    def to_json(self) -> dict[str, Any]:
        face = {"name": self.name, "distance": self.distance, "box": list(self.box), "score": self.score}
        optional = {"attributes": self.attributes, "stranger": self.stranger, "seen_before": self.seen_before}
        return face | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def from_json(cls, value: Any) -> FaceResult:
        face = _object(value, "face")
        distance = None if face.get("distance") is None else _number(face, "distance")
        return cls(
            _text(face, "name"),
            distance,
            _four(_numbers(face, "box", 4)),
            _number(face, "score"),
            _optional_texts(face, "attributes"),
            _optional_text(face, "stranger"),
            _optional_flag(face, "seen_before"),
        )


@dataclass(frozen=True)
class Response:
    """The answer to one frame. faces are in descending order of area; error says why for invalid and failed.

    note: what the answer leaves out.
    """

    request_id: str
    run_id: str
    filename: str
    status: Status
    faces: tuple[FaceResult, ...] = ()
    model: str | None = None
    timings: Timings = field(default_factory=dict)
    error: str | None = None
    note: str | None = None

    @property
    def result(self) -> str | None:
        """The name on the largest face, ``unknown``, or None where no face was looked at."""
        return self.faces[0].name if self.faces else None

    def to_json(self) -> dict[str, Any]:
        message: dict[str, Any] = {
            "request_id": self.request_id,
            "run_id": self.run_id,
            "filename": self.filename,
            "status": self.status.value,
            "result": self.result,
            "faces": [face.to_json() for face in self.faces],
            "model": self.model,
            "timings": self.timings,
        }
        optional = {"error": self.error, "note": self.note}
        return message | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def from_json(cls, value: Any) -> Response:
        body = _object(value, "response")
        status = _text(body, "status")
        if status not in set(Status):
            raise ContractError(f"status is {status!r}; it must be one of {', '.join(Status)}.")
        return cls(
            request_id=_text(body, "request_id"),
            run_id=_text(body, "run_id"),
            filename=_text(body, "filename"),
            status=Status(status),
            faces=tuple(FaceResult.from_json(face) for face in _list(body, "faces")),
            model=_optional_text(body, "model"),
            timings=_timings(body),
            error=_optional_text(body, "error"),
            note=_optional_text(body, "note"),
        )


@dataclass(frozen=True)
class FrameKey:
    """Where a frame lies in the bucket: ``frames/<run_id>/<request_id>/<filename>``."""

    run_id: str
    request_id: str
    filename: str

    def __str__(self) -> str:
        return f"{FRAMES}{self.run_id}/{self.request_id}/{self.filename}"

    @classmethod
    def parse(cls, key: str) -> FrameKey:
        """Read a key. Raises ContractError when it is not of this form."""
        parts = key.removeprefix(FRAMES).split("/", 2)
        if not key.startswith(FRAMES) or len(parts) != 3 or not all(parts):
            raise ContractError(f"The key {key!r} is not of the form {FRAMES}<run_id>/<request_id>/<filename>.")
        return cls(*parts)


def crops_key(run_id: str, request_id: str) -> str:
    return posixpath.join(CROPS, run_id, f"{request_id}{CROPS_SUFFIX}")


def frame_of_crops(key: str) -> tuple[str, str]:
    """The run id and request id in a key that ``crops_key`` made."""
    run_id, _, name = key.removeprefix(CROPS).partition("/")
    return run_id, name.removesuffix(CROPS_SUFFIX)


def is_wake(body: str) -> bool:
    """Whether a message of the request queue only starts the function."""
    return body == dumps(WAKE)


def dumps(message: Mapping[str, Any]) -> str:
    """Compact ASCII JSON (SQS refuses some Unicode); NaN and infinity, which JSON does not have, are refused."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False)


def loads(text: str) -> Any:
    """Parse JSON. Raises ContractError when it is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"The message is not JSON: {error}.") from None


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ContractError(f"The {what} is {type(value).__name__}; it must be an object.")
    return value


def _need(body: Mapping[str, Any], name: str) -> Any:
    if name not in body:
        raise ContractError(f"{name} is missing.")
    return body[name]


def _text(body: Mapping[str, Any], name: str) -> str:
    value = _need(body, name)
    if not isinstance(value, str) or not value:
        raise ContractError(f"{name} must be a text that is not empty.")
    if not value.isascii() and not _is_unicode(value):
        raise ContractError(f"{name} is not valid Unicode.")
    return value


def _is_unicode(text: str) -> bool:
    # JSON may spell half a surrogate pair; no store takes it.
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _optional_text(body: Mapping[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)


def _optional_texts(body: Mapping[str, Any], name: str) -> dict[str, str] | None:
    if body.get(name) is None:
        return None
    texts = _object(body[name], name)
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in texts.items()):
        raise ContractError(f"{name} must be texts by name.")
    return dict(texts)


def _optional_flag(body: Mapping[str, Any], name: str) -> bool | None:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise ContractError(f"{name} must be true or false.")
    return value


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = _need(body, name)
    if not isinstance(value, list):
        raise ContractError(f"{name} must be a list.")
    return value


def _is_number(value: Any) -> bool:
    # NaN and infinity slip through Python's JSON parser.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _number(body: Mapping[str, Any], name: str) -> float:
    value = _need(body, name)
    if not _is_number(value):
        raise ContractError(f"{name} must be a number.")
    return float(value)


def _numbers(body: Mapping[str, Any], name: str, count: int) -> tuple[float, ...]:
    values = _list(body, name)
    if len(values) != count or not all(_is_number(v) for v in values):
        raise ContractError(f"{name} must be {count} numbers.")
    return tuple(float(v) for v in values)


def _four(values: tuple[float, ...]) -> tuple[float, float, float, float]:
    a, b, c, d = values
    return a, b, c, d


def _pair(values: tuple[float, ...]) -> tuple[float, float]:
    a, b = values
    return a, b


def _timings(body: Mapping[str, Any]) -> Timings:
    timings = _object(_need(body, "timings"), "timings")
    for name, value in timings.items():
        if not isinstance(value, bool) and not _is_number(value):
            raise ContractError(f"timings.{name} must be a number of seconds or true or false.")
    return dict(timings)
