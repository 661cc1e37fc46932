"""``make audit``: everything that is locked, for both processors, against the advisories that PyPI publishes.

Exit code 0: none applies but those below. 1: some apply, or some pins could not be looked up. 2: nothing could be
looked up: the advisory service cannot be reached.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from src.aws.packages.wheels import MACHINES, pinned
from src.pipeline.settings import PROJECT_ROOT

LOCKS = ("requirements-dev.lock", "src/lambda/export.lock", "src/lambda/requirements.lock")
PYTHON = "3.12"
# Advisory id → why it does not matter here.
ACCEPTED: dict[str, str] = {}


def everything_locked() -> list[str]:
    """Each pin of each lock with its hashes, once."""
    return sorted({pin for lock in LOCKS for cpu in MACHINES for pin in pinned(cpu, PYTHON, path=PROJECT_ROOT / lock)})


def looked_up(pins: list[str]) -> list[dict[str, Any]]:
    """pip-audit's answer: for each pin ``name``, ``version`` and ``vulns`` or ``skip_reason``.

    Raises ConnectionError with the last line of what it says where it has no answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, share in enumerate(_without_doubles(pins)):
            files.append(Path(folder) / f"{number}.txt")
            files[-1].write_text("\n".join(share), encoding="utf-8")
        answers = []
        for file in files:
            command = [sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json"]
            command += ["--require-hashes", "--disable-pip", "--requirement", str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if not done.stdout.startswith("{"):
                raise ConnectionError((done.stderr.strip().splitlines() or ["pip-audit says nothing"])[-1])
            answers += json.loads(done.stdout)["dependencies"]
    return answers


def _without_doubles(pins: list[str]) -> list[list[str]]:
    """Lists in which no package is twice: pip-audit takes no two versions of one."""
    shares: list[dict[str, str]] = []
    for pin in pins:
        name = pin.split("==")[0]
        share = next((share for share in shares if name not in share), None)
        if share is None:
            shares.append(share := {})
        share[name] = pin
    return [list(share.values()) for share in shares]


def verdict(answers: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Exit code and lines to print."""
    skipped = [answer for answer in answers if "skip_reason" in answer]
    if len(skipped) == len(answers):
        return 2, [f"Nothing was audited: the advisory service has no answer ({skipped[0]['skip_reason']})."]
    lines = [f"not looked up: {answer['name']}: {answer['skip_reason']}" for answer in skipped]
    bad = bool(skipped)
    for answer in answers:
        for found in answer.get("vulns", ()):
            known = next((name for name in (found["id"], *found["aliases"]) if name in ACCEPTED), None)
            bad = bad or known is None
            fixed = ", ".join(found["fix_versions"]) or "no version yet"
            why = f"accepted: {ACCEPTED[known]}" if known else f"fixed in {fixed}"
            lines.append(f"{answer['name']} {answer['version']}: {found['id']}, {why}")
    return int(bad), [*lines, f"{len(answers) - len(skipped)} of {len(answers)} pins were looked up."]


def main() -> int:
    about = "What is locked, against the security advisories that PyPI publishes."
    argparse.ArgumentParser(prog="python -m tests.supply.audit", description=about).parse_args()
    try:
        code, lines = verdict(looked_up(everything_locked()))
    except ConnectionError as error:
        code, lines = 2, [f"Nothing was audited: the advisory service cannot be reached ({error})."]
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
