"""The most that a deployment can run at a time, and what that costs: past the defaults only with --yes."""

from __future__ import annotations

from src.aws.cost import LAMBDA_PER_GB_S
from src.pipeline.errors import UsageError
from src.pipeline.settings import Settings


def most_instances(settings: Settings) -> dict[str, int]:
    """Instances of each function at the same time, by its duty; face-recognition is fed by its queue alone."""
    reserved = settings.reserved_concurrency
    return {
        "detection": reserved or settings.max_concurrency + settings.http_concurrency,
        "recognition": min(reserved or settings.max_concurrency, settings.max_concurrency),
    }


def hourly(settings: Settings) -> float:
    """US dollars an hour while every instance works all the time."""
    memory = {"detection": settings.detection_memory_mb, "recognition": settings.recognition_memory_mb}
    gb = sum(count * memory[duty] / 1024 for duty, count in most_instances(settings).items())
    return gb * 3600 * LAMBDA_PER_GB_S[settings.architecture]


def check_caps(settings: Settings, *, yes: bool) -> None:
    """Raises UsageError for more instances than by default, unless they were agreed to."""
    default = most_instances(Settings(prefix=settings.prefix))
    more = [
        f"{count} of face-{duty} (default {default[duty]})"
        for duty, count in most_instances(settings).items()
        if count > default[duty]
    ]
    if more and not yes:
        raise UsageError(
            f"This allows {' and '.join(more)} at the same time, up to ${hourly(settings):.2f} an hour. "
            "Add --yes if that is meant."
        )
