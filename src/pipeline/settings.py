"""One frozen ``Settings``: read once from ``FACELANE_*`` and from flags, validated, each with its unit.

``Settings.load()`` reads the environment; ``Settings.load(prefix="lab")`` lets flags win over it. A field
named ``match_threshold`` is read from ``FACELANE_MATCH_THRESHOLD``. Nothing else in Facelane reads the
environment for a setting.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from src.pipeline.errors import SettingsError

ENV_PREFIX = "FACELANE_"
PROJECT_ROOT = Path(__file__).resolve().parents[2]
RECOGNIZERS = ("auto", "facenet-vggface2", "facenet-casia-webface", "dlib")
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def _setting(
    default: Any,
    unit: str,
    about: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    meta = {"unit": unit, "about": about, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata=meta)


@dataclass(frozen=True)
class Settings:
    """Every setting of the functions, the client and the deployer. Raises SettingsError when one is bad."""

    # Where things are
    prefix: str = _setting("facelane", "name", "begins the name of every resource")
    region: str = _setting("us-east-1", "AWS region", "where the deployment is")
    endpoint_url: str | None = _setting(None, "URL", "an AWS endpoint other than AWS's own")
    embedded: bool = _setting(False, "yes/no", "the endpoint is the embedded stack: its own fixed key opens it")
    deployment_file: Path = _setting(
        PROJECT_ROOT / ".facelane" / "deployment.json", "path", "where a deployment is recorded"
    )
    bucket: str | None = _setting(None, "name", "frames, crops and galleries (set by the deployment)")
    table: str | None = _setting(None, "name", "results (set by the deployment)")
    frame_queue_url: str | None = _setting(None, "URL", "S3 events to detection (set by the deployment)")
    req_queue_url: str | None = _setting(None, "URL", "detection to recognition (set by the deployment)")
    resp_queue_url: str | None = _setting(None, "URL", "answers to the client (set by the deployment)")
    frame_dlq_url: str | None = _setting(None, "URL", "S3 events that were given up (set by the deployment)")
    req_dlq_url: str | None = _setting(None, "URL", "requests that were given up (set by the deployment)")
    function_url: str | None = _setting(None, "URL", "frames by HTTP (set by the deployment)")
    models_dir: Path = _setting(
        PROJECT_ROOT / "models", "path", "exported networks, compiled kernels and their manifest"
    )

    # Detection and recognition
    recognizer: str = _setting("auto", "model id", "which embedder is used", choices=RECOGNIZERS)
    threads: int = _setting(0, "threads", "per network; 0 takes what the machine gives", low=0, high=64)
    embed_precision: str = _setting(
        "f32",
        "precision",
        "facenet's embeddings; bf16 takes about half the time on processors that have it",
        choices=("f32", "bf16"),
    )
    min_face_size: int = _setting(20, "px", "smallest face looked for", low=12, high=2000)
    pnet_threshold: float = _setting(0.6, "0..1", "MTCNN's first stage", low=0, high=1)
    rnet_threshold: float = _setting(0.7, "0..1", "MTCNN's second stage", low=0, high=1)
    onet_threshold: float = _setting(0.7, "0..1", "MTCNN's third stage", low=0, high=1)
    pyramid_factor: float = _setting(0.709, "ratio", "from one pyramid level to the next", low=0.1, high=0.95)
    match_threshold: float | None = _setting(
        None,
        "distance",
        "a nearest person farther than this is unknown; none takes the gallery's or the model's",
        low=0,
        high=4,
    )
    match_margin: float | None = _setting(
        None,
        "distance",
        "a second person less than this farther than the nearest makes a face unknown; none takes the gallery's",
        low=0,
        high=4,
    )
    gallery_check_s: float = _setting(2.0, "s", "between looks for a newer gallery", low=0, high=3600)

    strangers: bool = _setting(False, "yes/no", "unknown faces are remembered under an anonymous id")
    stranger_days: int = _setting(30, "days", "a stranger is remembered since last seen", low=1, high=3650)

    # Limits on what comes in
    max_frame_bytes: int = _setting(20 * 1024 * 1024, "bytes", "a larger file is invalid", low=1024)
    max_frame_pixels: int = _setting(50_000_000, "px", "a larger picture is invalid", low=400, high=178_000_000)
    max_faces: int = _setting(256, "faces", "the largest ones of a frame are kept", low=1, high=4096)

    # Client
    concurrency: int = _setting(8, "uploads", "at the same time", low=1, high=64)
    timeout_s: float = _setting(120.0, "s", "the client waits for a frame after its upload", low=1, high=86_400)

    # Deployment
    trigger: str = _setting("queue", "way", "how S3 events reach face-detection", choices=("queue", "direct"))
    package: str = _setting(
        "auto",
        "way",
        "how the functions are packed; auto: local on this machine's embedded stack, else image",
        choices=("auto", "image", "zip", "local"),
    )
    architecture: str = _setting("x86_64", "CPU", "of the functions", choices=("x86_64", "arm64"))
    detection_memory_mb: int = _setting(1769, "MB", "of face-detection (1769 is one vCPU)", low=128, high=10_240)
    recognition_memory_mb: int = _setting(1769, "MB", "of face-recognition", low=128, high=10_240)
    function_timeout_s: int = _setting(60, "s", "before a function is stopped", low=1, high=900)
    detection_batch: int = _setting(5, "frames", "per invocation of face-detection", low=1, high=10)
    recognition_batch: int = _setting(10, "frames", "per invocation of face-recognition", low=1, high=10)
    max_concurrency: int = _setting(10, "instances", "of each function, fed by its queue", low=2, high=1000)
    http_concurrency: int = _setting(100, "calls", "by HTTP at the same time; more get 429", low=1, high=1000)
    max_receive_count: int = _setting(5, "tries", "before a message is dead-lettered", low=1, high=1000)
    frame_days: int = _setting(7, "days", "frames and crops stay in the bucket", low=1, high=3650)
    record_days: int = _setting(30, "days", "records stay in the table", low=1, high=3650)
    role_arn: str | None = _setting(None, "ARN", "an existing role for both functions, where none may be made")
    reserved_concurrency: int | None = _setting(None, "instances", "set aside for each function", low=1, high=1000)
    snapstart: bool = _setting(False, "yes/no", "start functions from a snapshot (package zip only)")
    public_url: bool = _setting(False, "yes/no", "anyone may call the function URL, without signing")
    alarm_email: str | None = _setting(None, "address", "is told when a message is dead-lettered")
    queue_hours: int = _setting(24, "h", "messages stay in a queue", low=1, high=336)
    log_days: int = _setting(14, "days", "logs are kept", low=1, high=3653)

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value is not None:
                _check(spec.name, value, spec.metadata)
        if not re.fullmatch(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?", self.prefix):
            raise SettingsError(
                f"prefix is {self.prefix!r}; it must be 1 to 30 of a-z, 0-9 and -, begin with a letter, not end with -."
            )

        if not re.fullmatch(r"[A-Za-z0-9-]+", self.region):
            raise SettingsError(f"region is {self.region!r}; it must be the name of an AWS region, like us-east-1.")
        if self.endpoint_url is not None and not _is_url(self.endpoint_url):
            raise SettingsError(f"endpoint_url is {self.endpoint_url!r}; it must be like http://127.0.0.1:4566.")

    def need(self, name: str) -> str:
        """A setting that the deployment sets. Raises SettingsError when it did not."""
        value = getattr(self, name)
        if value is None:
            raise SettingsError(f"{ENV_PREFIX}{name.upper()} is not set; the deployment sets it for its functions.")
        return str(value)

    def chosen(self, names: Iterable[str]) -> dict[str, str]:
        """Those of these settings that are not the defaults, as the environment variables that ``load`` reads."""
        values = {spec.name: (getattr(self, spec.name), spec.default) for spec in fields(self)}
        return {
            ENV_PREFIX + name.upper(): str(values[name][0])
            for name in names
            if values[name][0] not in (None, values[name][1])
        }

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, **flags: Any) -> Settings:
        """Settings from the environment, with the flags that are not None on top.

        Raises SettingsError when a value does not parse, is out of range, or a flag is no setting.
        """
        env = os.environ if env is None else env
        values: dict[str, Any] = {}
        for spec in fields(cls):
            text = env.get(ENV_PREFIX + spec.name.upper())
            if text:
                values[spec.name] = _parse(spec.name, str(spec.type), text)
        unknown = flags.keys() - {spec.name for spec in fields(cls)}
        if unknown:
            raise SettingsError(f"No such setting: {', '.join(sorted(unknown))}.")
        values.update({name: value for name, value in flags.items() if value is not None})
        return cls(**values)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        return False


def _check(name: str, value: Any, meta: Mapping[str, Any]) -> None:
    if meta["choices"] and value not in meta["choices"]:
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(meta['choices'])}.")
    low, high = meta["low"], meta["high"]
    # "not >=" rather than "<": a NaN must not pass.
    if low is not None and not value >= low:
        raise SettingsError(f"{name} is {value}; it must be at least {low} {meta['unit']}.")
    if high is not None and not value <= high:
        raise SettingsError(f"{name} is {value}; it must be at most {high} {meta['unit']}.")


def _parse(name: str, kind: str, text: str) -> Any:
    kind = kind.removesuffix(" | None")
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
    except ValueError:
        wanted = "a whole number" if kind == "int" else "a number"
        raise SettingsError(f"{ENV_PREFIX}{name.upper()} is {text!r}; it must be {wanted}.") from None
    if kind == "bool":
        if text.lower() not in _YES | _NO:
            raise SettingsError(f"{ENV_PREFIX}{name.upper()} is {text!r}; it must be true or false.")
        return text.lower() in _YES
    return Path(text) if kind == "Path" else text
