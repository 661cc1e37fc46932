"""Flags that several subcommands share, and the settings they make."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from src.aws.local import on_this_machine
from src.pipeline.deployment import Deployment
from src.pipeline.errors import UsageError
from src.pipeline.settings import Settings

OK, INCOMPLETE, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
PLACE = ("prefix", "region", "endpoint_url")


def add_place(parser: argparse.ArgumentParser) -> None:
    """Which deployment."""
    parser.add_argument("--prefix", help="begins the name of every resource (default facelane)")
    parser.add_argument("--region", help="AWS region (default us-east-1)")
    parser.add_argument("--endpoint-url", metavar="URL", help="an AWS endpoint other than AWS's own")


def add_shape(parser: argparse.ArgumentParser) -> None:
    """How the deployment should be; each is a setting and can be given as FACELANE_<NAME> as well."""
    yes: dict[str, Any] = {"action": "store_const", "const": True}
    shape = parser.add_argument_group("how it should be")
    shape.add_argument("--package", choices=("image", "zip", "local"),
                       help="default: image; on the embedded stack: local")  # fmt: skip
    shape.add_argument("--architecture", choices=("x86_64", "arm64"))
    shape.add_argument("--recognizer", help="auto, facenet-vggface2, facenet-casia-webface or dlib")
    shape.add_argument("--trigger", choices=("queue", "direct"), help="how S3 events reach face-detection")
    shape.add_argument("--role-arn", metavar="ARN", help="an existing role for both functions")
    shape.add_argument("--detection-memory", type=int, dest="detection_memory_mb", metavar="MB")
    shape.add_argument("--recognition-memory", type=int, dest="recognition_memory_mb", metavar="MB")
    shape.add_argument("--function-timeout", type=int, dest="function_timeout_s", metavar="SECONDS")
    shape.add_argument("--max-concurrency", type=int, metavar="N", help="instances of each function")
    shape.add_argument("--http-concurrency", type=int, metavar="N", help="calls by HTTP at once (default 100)")
    shape.add_argument("--reserved-concurrency", type=int, metavar="N", help="set aside for each function")
    shape.add_argument("--min-face-size", type=int, metavar="PX", help="smallest face looked for (default 20)")
    shape.add_argument("--match-threshold", type=float, metavar="DISTANCE", help="farther than this is unknown")
    shape.add_argument("--strangers", **yes, help="remember unknown faces under an anonymous id")
    shape.add_argument("--stranger-days", type=int, metavar="DAYS", help="strangers are remembered (default 30)")
    shape.add_argument("--frame-days", type=int, metavar="DAYS", help="frames are kept (default 7)")
    shape.add_argument("--record-days", type=int, metavar="DAYS", help="results are kept (default 30)")
    shape.add_argument("--log-days", type=int, metavar="DAYS", help="logs are kept (default 14)")
    shape.add_argument("--alarm-email", metavar="ADDRESS", help="is told when a message is dead-lettered")
    shape.add_argument("--public-url", **yes, help="anyone may call the function URL, without signing")
    shape.add_argument("--snapstart", **yes, help="start functions from a snapshot (package zip)")


def settings_of(options: argparse.Namespace, shape: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment and from whichever flags are settings. shape: what holds where neither says."""
    names = {spec.name for spec in fields(Settings)}
    flags = {name: value for name, value in vars(options).items() if name in names}
    return Settings.load({**(shape or {}), **os.environ}, **flags)


def deployed(options: argparse.Namespace) -> Settings:
    """Settings that point at the recorded deployment. Raises UsageError when there is none, or another is meant."""
    settings = settings_of(options)
    recorded = Deployment.load(settings.deployment_file)
    if recorded is None:
        raise UsageError("Nothing is deployed. Deploy with: python -m src.aws up (or: python -m src.aws local)")
    recorded.check({name: getattr(options, name, None) for name in PLACE})
    return recorded.settings(settings)


def target(options: argparse.Namespace) -> Settings:
    """Settings of the recorded deployment, as it was deployed, where it is the one meant; else what the flags say."""
    return recorded_target(options) or settings_of(options)


def recorded_target(options: argparse.Namespace) -> Settings | None:
    """Settings of the recorded deployment, as it was deployed; None where there is none, or another one is meant."""
    settings = settings_of(options)
    recorded = Deployment.load(settings.deployment_file)
    asked = {name: getattr(options, name, None) for name in PLACE}
    if recorded is not None and all(value in (None, getattr(recorded, name)) for name, value in asked.items()):
        found = recorded.settings(settings_of(options, recorded.shape))
        return on_this_machine(found) if recorded.embedded else found
    return None


def say(line: str) -> None:
    """Progress goes to stderr; stdout is for results."""
    print(line, file=sys.stderr, flush=True)
