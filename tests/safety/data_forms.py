"""What must not be in a log, found by its form: pictures, crops and embeddings however they were written out."""

from __future__ import annotations

import re

FORMS = {
    "base64": re.compile(r"[A-Za-z0-9+/]{64,}={0,2}"),
    "bytes": re.compile(r"(\\+x[0-9a-fA-F]{2}.{0,3}){4,}"),
    "hexadecimal": re.compile(r"\b[0-9a-fA-F]{65,}"),
    "numbers": re.compile(r"(-?\d+(\.\d*)?(e[-+]?\d+)?([\s,\]\[]|\\+n)+){12,}"),
    "control characters": re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f�]"),  # a byte 0x1b begins a colour
}


def found_in(text: str) -> list[str]:
    """``form: beginning`` of everything in a text that looks like data."""
    return [f"{form}: {found[0][:60]!r}" for form, pattern in FORMS.items() if (found := pattern.search(text))]
