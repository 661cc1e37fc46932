"""A short run of benchmarks.faults, every fault at once: nothing is lost, doubled or wrong."""

from __future__ import annotations

from pathlib import Path

from benchmarks.faults.__main__ import measure
from benchmarks.faults.trial import ALL

FRAMES = 24


def test_nothing_is_lost_doubled_or_wrong_while_everything_fails(tmp_path: Path) -> None:
    found = measure([("all", ALL, FRAMES)], 7, tmp_path, tries=2, hidden_s=5)["all"]
    assert (found["lost"], found["answered_twice"], found["wrong_frames"]) == (0, 0, [])
    assert sum(found["answers"].values()) == FRAMES
    assert "failed" not in found["answers"], "redriven"
    for fault in ("kills", "duplicates", "errors", "poison", "cuts", "client_kills", "full_disks"):
        assert found["injected"].get(fault, 0) > 0, fault
    assert found["dead_lettered_poison"] > 0
