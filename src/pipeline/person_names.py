"""What a person may be called: a name is a folder's name, a key of records, and text in messages."""

from __future__ import annotations

import re
import unicodedata

from src.pipeline.contracts import UNKNOWN_NAME
from src.pipeline.errors import UsageError

LONGEST = 120  # characters
STRANGER = re.compile(r"stranger-\d+")


def person_name(text: str, source: str = "The name") -> str:
    """The name in its one form: any language's letters, composed (NFC), so that ``é`` is the same however it was typed.

    source begins the error: ``gallery/a`` or ``--name``. Raises UsageError for what cannot be a name.
    """
    # A file name that is not UTF-8 comes with half surrogate pairs, which no store takes.
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(f"{source} {text!a} is not valid Unicode.")
    name = unicodedata.normalize("NFC", text)
    if not name.strip() or name != name.strip():
        raise UsageError(f"{source} {name!r} is empty, or begins or ends with a space.")
    if "/" in name or "\\" in name or name in {".", ".."}:
        raise UsageError(f"{source} {name!r} has a slash in it; a person's name is also the name of a folder.")
    if not name.isprintable():
        raise UsageError(f"{source} {name!r} has characters in it that cannot be printed.")
    if len(name) > LONGEST:
        raise UsageError(f"{source} {name[:20]!r}… has {len(name)} characters; the limit is {LONGEST}.")
    if name.casefold() == UNKNOWN_NAME or STRANGER.fullmatch(name.casefold()):
        raise UsageError(f"{source}: nobody can be called {name!r}; that is the name of strangers.")
    return name
