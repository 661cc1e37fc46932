"""local: keep an embedded stack running, deployed and enrolled, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from src.aws.commands.common import OK, say, settings_of
from src.aws.local import EmbeddedStack
from src.pipeline.deployment import Deployment
from src.pipeline.errors import UsageError
from src.pipeline.settings import PROJECT_ROOT

HELP = "keep the embedded stack running on this machine, deployed and enrolled, until Ctrl-C"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prefix", help="begins the name of every resource (default facelane)")
    parser.add_argument("--port", type=int, help="of the endpoint (default: any free one)")
    parser.add_argument("--gallery", type=Path, default=PROJECT_ROOT / "gallery", metavar="FOLDER")
    parser.add_argument("--recognizer", help="auto, facenet-vggface2, facenet-casia-webface or dlib")


def run(options: argparse.Namespace) -> int:
    from src.aws.deploy import up
    from src.aws.enroll import enroll

    settings = settings_of(options)
    _refuse_another(settings.deployment_file)
    ended = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    with EmbeddedStack(port=options.port) as stack:
        deployment = up(stack.settings(settings), say)
        enroll(deployment.settings(settings), options.gallery)
        _refuse_another(settings.deployment_file)  # a second one that was started meanwhile
        deployment.save(settings.deployment_file)
        try:
            print(f"endpoint {stack.endpoint_url} (access key test, secret test, region {deployment.region})")
            print(f"Frames by HTTP, from this machine: {deployment.function_url}")
            print("Ready: python -m src.client --input input_folder/   Ctrl-C here ends the stack.", flush=True)
            ended.wait()
        finally:
            settings.deployment_file.unlink(missing_ok=True)
    say("The embedded stack has ended.")
    return OK


def _refuse_another(record: Path) -> None:
    """Raises UsageError where a deployment is recorded: the record would be lost, and with it the way to it."""
    found = Deployment.load(record)
    if found is not None:
        where = f"an embedded stack at {found.endpoint_url}" if found.embedded else f"{found.prefix} in {found.region}"
        raise UsageError(
            f"{record} tells of {where}, which the client uses. Remove that one first, "
            "or set FACELANE_DEPLOYMENT_FILE to another file here and for the client."
        )
