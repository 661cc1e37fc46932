"""What a stream says of itself, and what may be done with its packets besides decoding them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import av

USUAL_RATE = Fraction(25)  # frames per second, where a stream announces nothing


class PacketSink(Protocol):
    """Keeps the video itself (see keep.py)."""

    def begin(self, stream: Any) -> None: ...
    def write(self, packet: Any, frames: list[Any]) -> None: ...
    def end(self) -> None: ...


class Nothing:
    """Keeps nothing."""

    def begin(self, stream: Any) -> None: ...
    def write(self, packet: Any, frames: list[Any]) -> None: ...
    def end(self) -> None: ...


def flush_of(stream: Any) -> Any:
    """The empty packet that makes a decoder give out what it holds back."""
    packet = av.Packet()
    packet.stream = stream
    packet.time_base = stream.time_base
    return packet


def interval_of(stream: Any) -> Fraction:
    rate = stream.guessed_rate or stream.average_rate or stream.base_rate or USUAL_RATE
    return 1 / Fraction(rate)


def length_of(container: Any, stream: Any) -> float | None:
    """Seconds that the file says it has."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / av.time_base
