"""What the documents say of cost is what the code reckons."""

from __future__ import annotations

import pytest

from src.aws.caps import hourly
from src.aws.cost import Load, busy_month, idle_month
from src.pipeline.settings import PROJECT_ROOT, Settings

AWS_PAGE = (PROJECT_ROOT / "docs" / "aws.md").read_text()
README = (PROJECT_ROOT / "README.md").read_text()
BOTH_GB = 2 * 1769 / 1024


def test_the_documents_have_the_arithmetic() -> None:
    idle, busy = idle_month(image=True), busy_month(Load(100_000))
    for line in (*idle.lines, *busy.lines, *idle_month(image=False, snapshots_gb=BOTH_GB).lines[-1:]):
        assert f"\n{line}\n" in AWS_PAGE
    assert f"= ${idle.total:.2f} a month" in AWS_PAGE
    assert f"= ${busy.total:.2f} more a month" in AWS_PAGE
    assert f"is ${hourly(Settings.load({})):.2f};" in AWS_PAGE
    assert f"about ${idle.total:.2f} a month when idle" in README
    assert f"add about ${busy.total:.2f}." in README


def test_the_sums_are_sums() -> None:
    idle = idle_month(image=True)
    assert idle.total == pytest.approx(2 * 5 * 30 * 86_400 / 20 / 1e6 * 0.40 + 2 * 0.10 + 3 * 0.35 * 0.10)
    assert idle_month(image=False).total == pytest.approx(idle.total - 0.105)
    one, ten = busy_month(Load(1000)), busy_month(Load(10_000))
    assert ten.total == pytest.approx(10 * one.total)
    assert busy_month(Load(1000, architecture="arm64")).total < one.total
