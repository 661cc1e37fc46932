"""Who is enrolled, and a person's faces."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from html import escape

from src.aws.people.office import Office, thumbnail_key
from src.aws.people.relabel import known
from src.aws.people.roll import Entry
from src.pipeline.errors import NotFound


def listing(office: Office) -> dict[str, int]:
    """Person → how many photos, in order of name."""
    counted = Counter(entry.person for entry in office.rolls.current().entries)
    return dict(sorted(counted.items()))


@dataclass(frozen=True)
class Portrait:
    """A person's entries, each with its thumbnail (JPEG bytes, or None where there is none); pictures in a notebook."""

    name: str
    faces: tuple[tuple[Entry, bytes | None], ...]

    def _repr_html_(self) -> str:
        figures = [
            f'<figure style="display:inline-block;margin:4px"><img height="112" alt="{escape(entry.source)}" '
            f'src="data:image/jpeg;base64,{base64.b64encode(data or b"").decode()}">'
            f"<figcaption>{escape(entry.source)}</figcaption></figure>"
            for entry, data in self.faces
        ]
        return f"<h4>{escape(self.name)}</h4>{''.join(figures)}"


def show(office: Office, name: str) -> Portrait:
    """A person's faces. Raises UsageError when nobody is called so."""
    name = known(office, name)
    entries = [entry for entry in office.rolls.current().entries if entry.person == name]
    return Portrait(name, tuple((entry, _thumbnail(office, entry)) for entry in entries))


def _thumbnail(office: Office, entry: Entry) -> bytes | None:
    try:
        return office.objects.get(thumbnail_key(entry.id)) if entry.id else None
    except NotFound:
        return None
