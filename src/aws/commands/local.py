"""local: keep an embedded stack running, deployed and enrolled, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from src.aws.commands.common import OK, say, settings_of
from src.aws.local import EmbeddedStack
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

    ended = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    settings = settings_of(options)
    with EmbeddedStack(port=options.port) as stack:
        deployment = up(stack.settings(settings), say)
        enroll(deployment.settings(settings), options.gallery)
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
