"""What ``--video`` names: a file, a URL, or the number of a camera."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av

from src.pipeline.errors import PermanentError, UsageError

TIMEOUT_S = 10.0  # to connect, and between two pieces of data


class NoVideo(PermanentError):
    """There is nothing to decode: no such device, no video stream, no container that FFmpeg knows."""


@dataclass(frozen=True)
class Source:
    """url and format are what FFmpeg opens; shown is what a person may read (no password); stem begins file names."""

    url: str
    shown: str
    stem: str
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    is_file: bool = False


def source_of(text: str) -> Source:
    """Raises UsageError for a file that is not there."""
    if text.isdecimal():
        return _camera(int(text))
    if "://" in text:
        return _address(text)
    path = Path(text)
    if not path.is_file():
        what = "is a folder; give a video file" if path.is_dir() else "does not exist"
        raise UsageError(f"The video {text} {what}.")
    return Source(f"file:{path}", text, _tame(path.stem), is_file=True)


def open_source(source: Source) -> tuple[Any, Any]:
    """The container and its first video stream. Raises NoVideo in one sentence that names the source and the cause."""
    try:
        container = av.open(
            source.url, format=source.format, options=dict(source.options), timeout=(TIMEOUT_S, TIMEOUT_S)
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NoVideo(f"The video {source.shown} cannot be opened: {reason(error)}.") from None
    if not container.streams.video:
        kinds = sorted({str(stream.type) for stream in container.streams}) or ["nothing"]
        container.close()
        raise NoVideo(f"{source.shown} has no video stream; it holds {', '.join(kinds)}.")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        container.close()
        raise NoVideo(f"The video {source.shown} cannot be decoded: its codec is not known.")
    stream.thread_type = "AUTO"
    return container, stream


def reason(error: BaseException) -> str:
    """FFmpeg's own words, without its numbers and without the address, which may hold a password."""
    if isinstance(error, av.error.ExitError):
        return f"nothing came for {TIMEOUT_S:.0f} s"
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:].rstrip(".")


def is_live(source: Source, container: Any) -> bool:
    """Whether the end of the data is a connection that broke, not the end of a recording."""
    return not source.is_file and (source.format is not None or container.duration is None)


def _camera(number: int) -> Source:
    about = f"camera {number}"
    if sys.platform == "darwin":
        return Source(str(number), about, f"camera{number}", "avfoundation", {"framerate": "30"})
    if sys.platform == "win32":
        raise UsageError("On Windows give a camera as a stream (rtsp://…): cameras there have names, no numbers.")
    return Source(f"/dev/video{number}", about, f"camera{number}", "v4l2")


def _address(text: str) -> Source:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError(f"The address of the video cannot be read: {error}.") from None
    shown = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
    # TCP: over UDP a lost packet is a broken picture.
    options = {"rtsp_transport": "tcp"} if parts.scheme in ("rtsp", "rtsps") else {}
    return Source(text, shown, _tame(Path(parts.path).stem or host), options=options)


def _tame(stem: str) -> str:
    return re.sub(r"[^\w.-]", "_", stem)[:80] or "video"
