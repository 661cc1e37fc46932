"""All faults at once with N frames; then, where that is asked for, each of them alone.

``python -m benchmarks.faults --frames N --alone M --seed S --json FILE``: see the package. The exit code is 1 when a
frame was lost, answered twice or answered wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.faults.frames import truth, write_bases, write_frames
from benchmarks.faults.injectors import Processes
from benchmarks.faults.proxy import proxied
from benchmarks.faults.trial import ALL, NAMES, Scenario, Trial, alone, new_client
from benchmarks.faults.weather import Weather
from src.aws.account import Account
from src.aws.deploy import up
from src.aws.enroll import enroll
from src.aws.local import EmbeddedStack
from src.pipeline.settings import PROJECT_ROOT, Settings

FUNCTION_TIMEOUT_S = 15
HIDDEN_S = 20  # instead of six times the functions' timeout: a crash is over sooner, and so is the benchmark


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000, metavar="N", help="with all faults at once (default 1000)")
    parser.add_argument("--alone", type=int, default=0, metavar="N", help="frames for each fault alone (default: not)")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="FAULT", help=", ".join(NAMES))
    parser.add_argument("--tries", type=int, default=5, metavar="N", help="before a message is dead-lettered")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go")
    options = parser.parse_args()
    trials: list[tuple[str, Scenario, int]] = []
    if options.alone:
        trials += [(name, alone(name), options.alone) for name in options.only or NAMES]
    if options.frames:
        wanted = Scenario(**dict.fromkeys(options.only, True)) if options.only else ALL
        trials.append(("all", wanted, options.frames))
    with tempfile.TemporaryDirectory(prefix="facelane-faults-") as name:
        found = measure(trials, options.seed, Path(name), tries=options.tries)
    text = json.dumps(found, indent=2)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0 if all(one[bad] == 0 for one in found.values() for bad in ("lost", "answered_twice", "wrong")) else 1


def measure(
    trials: list[tuple[str, Scenario, int]], seed: int, folder: Path, *, tries: int = 5, hidden_s: int = HIDDEN_S
) -> dict[str, dict[str, Any]]:
    """The figures of each trial, one after another on one stack.

    tries: before a message is dead-lettered; hidden_s: after a crash, until its messages are tried again.
    """
    bases = write_bases(folder / "bases")
    known = truth(folder / "bases", folder / "truth")
    weather = Weather(seed)
    found: dict[str, dict[str, Any]] = {}
    with EmbeddedStack() as stack, proxied(stack.endpoint_url, weather) as proxy:
        base = Settings.load(
            {}, prefix="faults", recognizer="dlib", function_timeout_s=FUNCTION_TIMEOUT_S, max_receive_count=tries,
            deployment_file=folder / "deployment.json",
        )  # fmt: skip
        deployment = up(replace(stack.settings(base), endpoint_url=proxy.url))
        settings = deployment.settings(base)
        enroll(settings, PROJECT_ROOT / "gallery")
        deployment.save(base.deployment_file)
        sqs = Account(settings).client("sqs")
        for url in (deployment.frame_queue_url, deployment.req_queue_url):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(hidden_s)})
        direct = replace(settings, endpoint_url=stack.endpoint_url)
        for number, (name, scenario, frames) in enumerate(trials):
            print(f"{name}: {frames} frames", file=sys.stderr)
            write_frames(bases, folder / name / "frames", frames)
            client = new_client(base.deployment_file, folder / name / "frames", folder / name / "out")
            processes = Processes(stack.process_id, seed + number, weather.injected)
            found[name] = Trial(scenario, client, proxy, processes, direct, known, seed + number).run(frames)
    return found


if __name__ == "__main__":
    sys.exit(main())
