"""Which frames are sent: one for every step of time, by timestamp, whatever the frame rate does."""

from __future__ import annotations

import math
from fractions import Fraction


class Picker:
    """Time is cut into slots of ``every`` seconds; the first frame of each slot is picked.

    interval: seconds between two frames. A frame that comes up to a quarter of it (or a tenth of a slot) early
    counts for the slot that begins then: the times of cameras tremble. duration: seconds after which all is over.
    """

    def __init__(self, every: Fraction, interval: Fraction, duration: Fraction | None = None) -> None:
        self._every = every
        self._early = min(every / 10, interval / 4)
        self._slots = None if duration is None else math.ceil(duration / every)
        self._next = 0
        self.empty = 0  # slots in which there was no frame

    def over(self, time_s: Fraction) -> bool:
        """Whether this time is after the last slot."""
        return self._slots is not None and self._slot(time_s) >= self._slots

    def due(self, time_s: Fraction) -> bool:
        """Whether the frame at this time is the first of its slot. Times must not go back."""
        slot = self._slot(time_s)
        if slot < self._next:
            return False
        self.empty += slot - self._next
        self._next = slot + 1
        return True

    def _slot(self, time_s: Fraction) -> int:
        return math.floor((time_s + self._early) / self._every)
