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
LOGS_PER_GB = 0.50
SNAPSHOT_PER_GB_S = 0.0000015046  # for as long as a version with a snapshot is there

POLLERS, POLL_S = 5, 20  # Lambda polls an idle queue with five long polls of 20 s at a time
IMAGE_GB, IMAGES = 0.35, 3
QUEUES_POLLED, ALARMS = 2, 2


@dataclass(frozen=True)
class Cost:
    """US dollars a month. lines show the arithmetic."""

    total: float
    lines: tuple[str, ...]


def idle_month(*, image: bool, snapshots_gb: float = 0.0) -> Cost:
    """A deployment that nothing is sent to: Lambda's polling of two queues, two alarms, stored images or snapshots.

    snapshots_gb: the memory of the functions that start from snapshots.
    """
    polls = QUEUES_POLLED * POLLERS * MONTH_S // POLL_S
    parts = {
        f"polling: {QUEUES_POLLED} queues × {POLLERS} pollers × {MONTH_S // POLL_S:,} long polls "
        f"= {polls / 1e6:.2f} M × ${SQS_PER_MILLION:.2f}": polls / 1e6 * SQS_PER_MILLION,
        f"alarms: {ALARMS} × ${ALARM_EACH:.2f}": ALARMS * ALARM_EACH,
    }
    if image:
        stored = IMAGES * IMAGE_GB
        parts[f"images: {IMAGES} × {IMAGE_GB} GB × ${ECR_PER_GB:.2f}"] = stored * ECR_PER_GB
    if snapshots_gb:
        parts[f"snapshots: {snapshots_gb:.2f} GB × {MONTH_S:,} s × ${SNAPSHOT_PER_GB_S:.10f}"] = (
            snapshots_gb * MONTH_S * SNAPSHOT_PER_GB_S
        )
    return _cost(parts)


@dataclass(frozen=True)
class Load:
    """What a month brings, each frame with one face.

    detect_s, embed_s: seconds of each function per frame; memory_gb: of each; days: frames are kept.
    """

    frames: int
    frame_mb: float = 0.5
    detect_s: float = 0.25
    embed_s: float = 0.15
    memory_gb: float = 1769 / 1024
    architecture: str = "x86_64"
    days: int = 7


# Per frame. The request carries the crop: more than one of the 64 KB that SQS counts, when sent and when received.
SQS_REQUESTS = {"frame queue": 3, "request queue": 5, "response queue": 3}
# A frame's item and a face's, each under 1 KB: written in a transaction, which counts double, and once to an index.
WRITES = 2 * (2 + 1)
RECORD_KB, LOG_KB = 2, 2


def busy_month(load: Load) -> Cost:
    """What the frames add to an idle month."""
    frames, price = load.frames, LAMBDA_PER_GB_S[load.architecture]
    seconds = load.detect_s + load.embed_s
    gb_s = frames * seconds * load.memory_gb
    requests = frames * sum(SQS_REQUESTS.values()) / 1e6
    kept_gb = frames * load.frame_mb / 1024 * load.days / 30
    writes, records_gb, logs_gb = frames * WRITES / 1e6, frames * RECORD_KB / 2**20, frames * LOG_KB / 2**20
    return _cost(
        {
            f"Lambda: {frames:,} × {seconds:.2f} s × {load.memory_gb:.2f} GB = {gb_s:,.0f} GB-s × ${price:.10f}": gb_s
            * price,
            f"Lambda: 2 × {frames:,} calls × ${LAMBDA_PER_MILLION:.2f} a million": 2 * frames / 1e6
            * LAMBDA_PER_MILLION,
            f"SQS: {frames:,} × {sum(SQS_REQUESTS.values())} = {requests:.2f} M × ${SQS_PER_MILLION:.2f}": requests
            * SQS_PER_MILLION,
            f"S3: {frames:,} puts × ${S3_PUT_PER_1000} and gets × ${S3_GET_PER_1000} a thousand": frames / 1000
            * (S3_PUT_PER_1000 + S3_GET_PER_1000),
            f"S3: {kept_gb:.1f} GB × ${S3_PER_GB}": kept_gb * S3_PER_GB,
            f"DynamoDB: {frames:,} × {WRITES} = {writes:.2f} M writes × ${DYNAMODB_WRITE_PER_MILLION}": writes
            * DYNAMODB_WRITE_PER_MILLION,
            f"DynamoDB: {records_gb:.2f} GB × ${DYNAMODB_PER_GB}": records_gb * DYNAMODB_PER_GB,
            f"logs: {logs_gb:.2f} GB × ${LOGS_PER_GB:.2f}": logs_gb * LOGS_PER_GB,
        }
    )  # fmt: skip


def _cost(parts: dict[str, float]) -> Cost:
    return Cost(sum(parts.values()), tuple(f"{text} = ${value:.2f}" for text, value in parts.items()))
