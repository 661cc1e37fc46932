"""What a deployment costs, with the arithmetic. Prices: AWS's list prices for us-east-1, free tiers left aside."""

from __future__ import annotations

from dataclasses import dataclass

MONTH_S = 30 * 86_400
SQS_PER_MILLION = 0.40
ALARM_EACH = 0.10
ECR_PER_GB = 0.10
S3_PER_GB = 0.023
S3_PUT_PER_1000 = 0.005
S3_GET_PER_1000 = 0.0004
LAMBDA_PER_GB_S = {"x86_64": 0.0000166667, "arm64": 0.0000133334}
LAMBDA_PER_MILLION = 0.20
DYNAMODB_WRITE_PER_MILLION = 0.625
DYNAMODB_PER_GB = 0.25

POLLERS, POLL_S = 5, 20  # Lambda polls an idle queue with five long polls of 20 s at a time
IMAGE_GB, IMAGES = 0.35, 3
QUEUES_POLLED, ALARMS = 2, 2


@dataclass(frozen=True)
class Cost:
    """US dollars a month. lines show the arithmetic."""

    total: float
    lines: tuple[str, ...]


def idle_month(*, image: bool) -> Cost:
    """A deployment that nothing is sent to: Lambda's polling of two queues, two alarms, stored images."""
    polls = QUEUES_POLLED * POLLERS * MONTH_S // POLL_S
    parts = {
        f"polling: {QUEUES_POLLED} queues × {POLLERS} pollers × {MONTH_S // POLL_S:,} long polls "
        f"= {polls / 1e6:.2f} M × ${SQS_PER_MILLION:.2f}": polls / 1e6 * SQS_PER_MILLION,
        f"alarms: {ALARMS} × ${ALARM_EACH:.2f}": ALARMS * ALARM_EACH,
    }
    if image:
        stored = IMAGES * IMAGE_GB
        parts[f"images: {IMAGES} × {IMAGE_GB} GB × ${ECR_PER_GB:.2f}"] = stored * ECR_PER_GB
    return _cost(parts)


def busy_month(
    frames: int, *, frame_mb: float, detect_s: float, embed_s: float, memory_gb: float, architecture: str, days: int
) -> Cost:
    """frames a month, each with one face.

    detect_s, embed_s: seconds of each function per frame; memory_gb: of each; days: frames are kept.
    """
    gb_s = frames * (detect_s + embed_s) * memory_gb
    messages = frames * 3 * 3  # three queues; each message is sent, received and deleted
    stored = frames * frame_mb / 1024 * days / 30
    writes = frames * 2 * 2 * 2 * 2  # frame and face item, each in two indexes' worth, transactions count double
    calls = 2 * frames / 1e6
    per_gb_s = LAMBDA_PER_GB_S[architecture]
    return _cost(
        {
            f"Lambda: {gb_s:,.0f} GB-s × ${per_gb_s:.10f}": gb_s * per_gb_s,
            f"Lambda requests: {calls:.2f} M × ${LAMBDA_PER_MILLION:.2f}": calls * LAMBDA_PER_MILLION,
            f"SQS: {messages / 1e6:.2f} M × ${SQS_PER_MILLION:.2f}": messages / 1e6 * SQS_PER_MILLION,
            f"S3: {frames:,} puts and gets, {stored:.1f} GB kept": frames / 1000 * (S3_PUT_PER_1000 + S3_GET_PER_1000)
            + stored * S3_PER_GB,
            f"DynamoDB: {writes / 1e6:.2f} M writes × ${DYNAMODB_WRITE_PER_MILLION}": writes
            / 1e6
            * DYNAMODB_WRITE_PER_MILLION,
        }
    )


def _cost(parts: dict[str, float]) -> Cost:
    return Cost(sum(parts.values()), tuple(f"{text} = ${value:.2f}" for text, value in parts.items()))
