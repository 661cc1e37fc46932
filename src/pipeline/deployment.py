"""The record of what is deployed: how the client finds the bucket, the queues and the table."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from src.pipeline.errors import SettingsError, UsageError
from src.pipeline.settings import Settings


@dataclass(frozen=True)
class Deployment:
    """One deployment. recognizer is the model in use; embedded: it is on this machine, not on AWS.

    shape: the settings that it was deployed with and that are not the defaults, by the environment variable of each.
    """

    prefix: str
    region: str
    account: str
    bucket: str
    table: str
    frame_queue_url: str
    req_queue_url: str
    resp_queue_url: str
    frame_dlq_url: str
    req_dlq_url: str
    recognizer: str
    endpoint_url: str | None = None
    embedded: bool = False
    function_url: str | None = None
    shape: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Deployment | None:
        """The recorded deployment, or None. Raises UsageError when the record cannot be read.

        The record of an embedded stack that is gone (its machine was restarted, say) counts as none.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            found = cls(**{spec.name: values[spec.name] for spec in fields(cls) if spec.name in values})
            found._check_types()
            found.settings(Settings())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, SettingsError) as error:
            raise UsageError(f"{path} cannot be read ({error}). Write it again with: python -m src.aws up") from None
        return None if found.embedded and not _answers(str(found.endpoint_url)) else found

    def _check_types(self) -> None:
        """Raises TypeError for a field that is not what it must be."""
        texts = {spec.name for spec in fields(self)} - {"embedded", "shape"}
        for name in sorted(texts):
            value = getattr(self, name)
            optional = name in {"endpoint_url", "function_url"}
            if not ((isinstance(value, str) and value) or (optional and value is None)):
                raise TypeError(f"{name} is {value!r}")
        if not isinstance(self.embedded, bool):
            raise TypeError(f"embedded is {self.embedded!r}")
        if not isinstance(self.shape, dict) or not all(isinstance(value, str) for value in self.shape.values()):
            raise TypeError(f"shape is {self.shape!r}")

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".draft")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        draft.replace(path)

    def check(self, flags: Mapping[str, Any]) -> None:
        """Raises UsageError when flags ask for another deployment than this one."""
        for name in ("prefix", "region", "endpoint_url"):
            asked, here = flags.get(name), getattr(self, name)
            if asked is not None and asked != here:
                flag = "--" + name.replace("_", "-")
                raise UsageError(
                    f"{flag} is {asked}, but the recorded deployment has {here or 'none'}. "
                    f"Deploy that one first (python -m src.aws up {flag} {asked}), or leave {flag} out."
                )

    def settings(self, settings: Settings) -> Settings:
        """The settings with everything in them that the deployment decided."""
        names = {spec.name for spec in fields(Settings)}
        return replace(settings, **{name: value for name, value in asdict(self).items() if name in names})


def _answers(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=2):
            return True
    except OSError:
        return False
