"""How many of what, in words."""

from __future__ import annotations


def counted(number: int, one: str, several: str | None = None) -> str:
    """``1 photo``, ``3 photos``. several: where an s at the end does not do."""
    return f"{number} {one if number == 1 else several or one + 's'}"
