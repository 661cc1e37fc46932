"""Decoded frames with their times, through damage, jumps of the clock and cameras that go away."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.format import Flags

from src.client.video.clock import JUMP_S, MediaClock
from src.client.video.names import clock_face
from src.client.video.notices import Notices
from src.client.video.source import NoVideo, Source, is_live, open_source, reason
from src.client.video.stream import Nothing, PacketSink, flush_of, interval_of, length_of

BACKOFF_S = (0.5, 30.0)  # first and longest wait before a camera is tried again
FIRST_TRIES_S = (0.5, 2.0)  # waits between the first tries to connect
CUT_SHORT = (1.0, 0.02)  # what may be missing at a file's end: seconds, and share of its length


@dataclass(frozen=True)
class Moment:
    """A decoded frame (PyAV's), and its seconds since the beginning."""

    time_s: Fraction
    frame: Any


class Reader:
    """Reads a source to its end, until ``stop`` is set, or until a camera stays away for ``patience_s``."""

    def __init__(
        self,
        source: Source,
        notices: Notices,
        stop: threading.Event,
        *,
        patience_s: float,
        sink: PacketSink | None = None,
    ) -> None:
        self._source = source
        self._notices = notices
        self._stop = stop
        self._patience_s = patience_s
        self._sink: PacketSink = sink or Nothing()
        self._container, self._stream = self._first()
        self.live = is_live(source, self._container)
        self.interval = interval_of(self._stream)
        discontinuous = self.live or bool(self._container.format.flags & Flags.ts_discont.value)
        self._clock = MediaClock(self.interval, discontinuous=discontinuous)
        self._size: tuple[int, int] | None = None
        self._damaged = 0
        self.gaps: list[tuple[float, float]] = []
        self.decoded = 0

    def _first(self) -> tuple[Any, Any]:
        """A camera that was just tried may need a moment until it takes the next connection."""
        for wait_s in () if self._source.is_file else FIRST_TRIES_S:
            try:
                return open_source(self._source)
            except NoVideo:
                self._stop.wait(wait_s)
        return open_source(self._source)

    def moments(self) -> Generator[Moment, None, None]:
        """Every frame, in the order of time. What is wrong with the source goes to the notices."""
        try:
            while True:
                error = yield from self._until_it_ends()
                if not self.live or self._stop.is_set():
                    self._close(error)
                    return
                if not self._reconnect(error):
                    return
        finally:
            self._container.close()

    def _until_it_ends(self) -> Generator[Moment, None, BaseException | None]:
        """Frames of one connection; returns the error that ended it, if one did."""
        error: BaseException | None = None
        self._sink.begin(self._stream)
        try:
            for packet in self._container.demux(self._stream):
                if self._stop.is_set():
                    break
                frames = self._decode(packet)
                self._sink.write(packet, frames)
                for frame in frames:
                    yield self._timed(frame)
            else:
                return None
        except (av.error.FFmpegError, OSError) as broken:
            error = broken
        finally:
            self._sink.end()
        for frame in self._decode(flush_of(self._stream)):  # what came before is still in the decoder
            yield self._timed(frame)
        return error

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except (av.error.InvalidDataError, av.error.EOFError, av.error.UnknownError):
            self._damaged += 1
            if self._damaged == 1:
                self._notices.say(self._clock.last, "A part of the video is damaged; what can be decoded goes on.")
            return []

    def _timed(self, frame: Any) -> Moment:
        raw = None if frame.pts is None or frame.time_base is None else frame.pts * Fraction(frame.time_base)
        before = self._clock.last
        now = self._clock.at(raw, time.monotonic() if self.live else None)
        self.decoded += 1
        if self._clock.jump is not None:
            self._notices.say(now, f"The video's clock jumped by {float(self._clock.jump):+.1f} s; the times go on.")
        elif before is not None and now - before > JUMP_S:
            self._gap(before, now, "There are no frames")
        size = (frame.width, frame.height)
        if self._size is not None and size != self._size:
            was = "×".join(map(str, self._size))
            self._notices.say(now, f"The resolution changed from {was} to {size[0]}×{size[1]}.")
        self._size = size
        return Moment(now, frame)

    def _gap(self, begin: Fraction, end: Fraction, what: str) -> None:
        self.gaps.append((round(float(begin), 3), round(float(end), 3)))
        self._notices.say(end, f"{what} from {clock_face(float(begin))} to {clock_face(float(end))}.")

    def _close(self, error: BaseException | None) -> None:
        """Say whether a recording ended where it should."""
        last = self._clock.last
        if self._damaged > 1:
            self._notices.say(last, f"{self._damaged} parts of the video were damaged.", wrong=True)
        if self.live or self._stop.is_set():
            return
        shown, length = self._source.shown, length_of(self._container, self._stream)
        if last is None:
            cause = reason(error) if error else "there is no picture in it"
            self._notices.say(None, f"{shown} cannot be decoded: {cause}.", wrong=True)
        elif length is not None and length - float(last + self.interval) > max(CUT_SHORT[0], CUT_SHORT[1] * length):
            self._notices.say(
                last,
                f"{shown} is cut short: it ends here, and should last {clock_face(length)}. What is there was sent.",
                wrong=True,
            )
        elif error is not None:
            self._notices.say(last, f"{shown} could not be read to its end: {reason(error)}.", wrong=True)

    def _reconnect(self, error: BaseException | None) -> bool:
        """Wait for a camera to come back; False when it does not or when all is to stop."""
        lost_at, away = self._clock.last or Fraction(0), time.monotonic()
        why = f": {reason(error)}" if error else ""
        self._notices.say(lost_at, f"{self._source.shown} is away{why}. Connecting again.")
        self._container.close()
        wait, longest = BACKOFF_S
        while not self._stop.wait(wait):
            try:
                self._container, self._stream = open_source(self._source)
            except NoVideo as still:
                if time.monotonic() - away > self._patience_s:
                    text = f"{self._source.shown} stayed away for {self._patience_s:g} s: {still}"
                    self._notices.say(lost_at, text, wrong=True)
                    return False
                wait = min(longest, wait * 2)
                continue
            back_at = lost_at + Fraction(time.monotonic() - away).limit_denominator(1000)
            self._clock.resume_at(back_at)
            self._gap(lost_at, back_at, "The camera was away")
            return True
        return False
