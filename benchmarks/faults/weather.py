"""Which faults the proxy injects just now, decided by one seeded generator."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Weather:
    """Calm until told otherwise. Rates are 0..1 per call; times are seconds.

    errors: calls answered with 500, 503 or a throttle, without reaching the stack; lost_replies: calls that reach it,
    but whose answers do not come back; duplicates: uploads and sends that are done a second time, up to late_s later.
    """

    seed: int
    errors: float = 0.0
    lost_replies: float = 0.0
    duplicates: float = 0.0
    late_s: float = 2.0
    cut_until: float = 0.0
    injected: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()

    def happens(self, what: str) -> bool:
        """Whether the fault of that name (a field) strikes this call."""
        rate = getattr(self, what)
        with self._lock:
            strikes = bool(rate) and self._random.random() < rate
            self.injected[what] += strikes
        return strikes

    def is_cut(self) -> bool:
        with self._lock:
            cut = time.monotonic() < self.cut_until
            self.injected["calls_cut"] += cut
        return cut

    def cut(self, seconds: float) -> None:
        self.cut_until = time.monotonic() + seconds

    def pick(self, choices: list[tuple[int, str]]) -> tuple[int, str]:
        with self._lock:
            return self._random.choice(choices)

    def late(self) -> float:
        with self._lock:
            return self._random.uniform(0, self.late_s)

    def calm(self) -> None:
        self.errors = self.lost_replies = self.duplicates = self.cut_until = 0.0
