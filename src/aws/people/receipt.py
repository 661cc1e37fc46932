"""What was removed, and whether a second search found nothing of it any more."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.pipeline.errors import UsageError

NOT_SEARCHED = "files on the machines of clients, backups and copies made by other means"


@dataclass
class Receipt:
    """removed: how many of what. ids: the removed frames. left: where something still is, after the search."""

    kind: str
    subject: str
    begun_at: str
    removed: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    looked_at: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    verified_at: str | None = None

    @property
    def summary(self) -> str:
        counts = {"frames with their records": len(self.ids)} | dict(sorted(self.removed.items()))
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing"

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
            "not_searched": NOT_SEARCHED,
        }

    def save(self, path: Path) -> None:
        """Raises UsageError when it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"The receipt {path} cannot be written: {error.strerror or error}.") from None
