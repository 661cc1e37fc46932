"""What make audit says of pip-audit's answers. Whether pins are sound, only the advisory service knows."""

from __future__ import annotations

import pytest

from tests.supply import audit

FOUND = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}
SOUND = {"name": "six", "version": "1.17.0", "vulns": []}
SKIPPED = {"name": "numpy", "skip_reason": "Dependency not found"}


def test_nothing_found_is_clean_only_if_all_was_looked_up() -> None:
    assert audit.verdict([SOUND]) == (0, ["1 of 1 pins were looked up."])
    assert audit.verdict([SOUND, SKIPPED])[0] == 1
    code, lines = audit.verdict([SKIPPED])
    assert code == 2
    assert lines == ["Nothing was audited: the advisory service has no answer (Dependency not found)."]


def test_an_advisory_fails_unless_its_exception_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [{"name": "av", "version": "1.0", "vulns": [FOUND]}]
    assert audit.verdict(answers) == (1, ["av 1.0: PYSEC-1, fixed in 2.0", "1 of 1 pins were looked up."])
    monkeypatch.setitem(audit.ACCEPTED, "CVE-1", "It is not called.")
    assert audit.verdict(answers)[0] == 0
    assert "accepted: It is not called." in audit.verdict(answers)[1][0]


def test_every_pin_of_every_lock_is_asked_for() -> None:
    pins = {pin.split()[0] for pin in audit.everything_locked()}
    assert pins >= {"openvino==2026.4.1", "openvino==2025.2.0", "torch==2.14.1", "ruff==0.17.5"}
