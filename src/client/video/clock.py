"""Timestamps as they come, turned into seconds since the first frame that only ever go forward."""

from __future__ import annotations

from fractions import Fraction

JUMP_S = 10  # a longer step forward, where a stream may be discontinuous, is the clock and not the picture
SLACK_S = 2  # a camera's clock may be ahead of ours by this much before it is not believed


class MediaClock:
    """interval: seconds between two frames as the stream announces them.

    discontinuous: the format allows its clock to jump (broadcast streams, cameras), so that a long step forward
    is taken for a jump. In any other format it is a picture that stands still.
    """

    def __init__(self, interval: Fraction, *, discontinuous: bool) -> None:
        self._interval = interval
        self._discontinuous = discontinuous
        self._offset: Fraction | None = None
        self._wall: float | None = None
        self.last: Fraction | None = None
        self.jump: Fraction | None = None  # how far the clock jumped before the last frame

    def at(self, raw: Fraction | None, wall: float | None = None) -> Fraction:
        """Seconds since the first frame. raw: the frame's timestamp in seconds, None when it has none.

        wall: seconds on this machine's clock, given for cameras, whose pictures come when they are taken.
        """
        self.jump = None
        passed = (
            Fraction(0) if wall is None or self._wall is None else Fraction(wall - self._wall).limit_denominator(1000)
        )
        self._wall = wall
        if self.last is None:
            self.last = Fraction(0)
            self._offset = None if raw is None else -raw
            return self.last
        following = self.last + max(self._interval, passed)
        if raw is None:
            self.last = self.last + self._interval if wall is None else following
            return self.last
        if self._offset is None:
            self._offset = following - raw
        step = raw + self._offset - self.last
        if self._jumped(step, passed, wall is not None):
            self.jump = step
            self._offset = following - raw
            step = following - self.last
        self.last += max(step, Fraction(0))
        return self.last

    def resume_at(self, time_s: Fraction) -> None:
        """The next frame, of a new connection, is at this time."""
        self.last = time_s - self._interval
        self._offset = None
        self._wall = None

    def _jumped(self, step: Fraction, passed: Fraction, live: bool) -> bool:
        if step < -self._interval:
            return True
        return self._discontinuous and step > JUMP_S and not (live and step <= passed + SLACK_S)
