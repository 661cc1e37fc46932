"""What was removed, and whether a second search found nothing of it any more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from src.aws.people.subject import Kind
from src.client.words import counted
from src.pipeline.errors import UsageError

NOT_SEARCHED = (
    "own photos, files of clients in other folders and on other machines, backups, copies made by other means"
)
# What each count is called, one of it and several; a frame's parts are told with the frames.
OF_FRAMES = {
    "pictures": ("picture", "pictures"),
    "crops": ("file of face crops", "files of face crops"),
    "records": ("record", "records"),
    "videos": ("video", "videos"),
}
OTHERS = {
    "messages": ("message", "messages"),
    "enrolled faces": ("enrolled face", "enrolled faces"),
    "gallery versions": ("version of the gallery that had them", "versions of the gallery that had them"),
    "thumbnails": ("thumbnail", "thumbnails"),
    "attributes": ("set of attributes", "sets of attributes"),
    "strangers": ("remembered stranger", "remembered strangers"),
}
HERE = {
    "answers here": ("answer in the run files on this machine", "answers in the run files on this machine"),
    "captured here": ("captured frame on this machine", "captured frames on this machine"),
    "annotated here": ("annotated frame on this machine", "annotated frames on this machine"),
    "reports here": ("report on this machine", "reports on this machine"),
}


@dataclass
class Receipt:
    """removed: how many of what. ids: the removed frames. left: where something still is, after the search.

    may_show: files on this machine that are left alone and may show what was to be forgotten.
    """

    kind: Kind
    subject: str
    begun_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    removed: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    looked_at: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    may_show: list[str] = field(default_factory=list)
    verified_at: str | None = None

    @property
    def summary(self) -> str:
        """What was removed, in words: nothing is counted twice, the parts of frames stand in brackets."""
        frames = _counted({"frames": len(self.ids)}, {"frames": ("frame", "frames")})
        parts = ", ".join(_counted(self.removed, OF_FRAMES))
        whole = [f"{frames[0]} ({parts})"] if frames and parts else [*frames, parts] if parts else frames
        return ", ".join([*whole, *_counted(self.removed, OTHERS), *_counted(self.removed, HERE)]) or "nothing"

    def to_json(self) -> dict[str, Any]:
        return {
            "forgotten": {self.kind: self.subject},
            "begun_at": self.begun_at,
            "removed": {name: count for name, count in sorted(self.removed.items()) if count},
            "frames": sorted(self.ids),
            "runs": sorted(self.runs),
            "verified_gone": self.verified_at is not None,
            "verified_at": self.verified_at,
            "left": self.left,
            "may_still_show": self.may_show,
            "not_searched": NOT_SEARCHED,
        }

    def save(self, path: Path) -> None:
        """Raises UsageError when it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"The receipt {path} cannot be written: {error.strerror or error}.") from None


def _counted(counts: Mapping[str, int], words: Mapping[str, tuple[str, str]]) -> list[str]:
    """``3 frames`` for each count that is not 0, in the order of the words."""
    return [counted(counts[name], *forms) for name, forms in words.items() if counts.get(name)]
