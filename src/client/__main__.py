"""``python -m src.client --input FOLDER``: frames in, names out. Or ``--video SOURCE``, or ``watch FOLDER``.

Exit codes: 0 every frame was answered; 1 some failed or are missing, each named on stderr; 2 wrong use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from src.client.answered import all_answered, write_again
from src.client.appearances import appearance_lines, write_appearances
from src.client.live import Session
from src.client.live_flags import add_live_flags, begin_session
from src.client.report_table import closing_line, nobody_line, recognizer_line, table, troubles
from src.client.run import Run, begin, resume, run_cloud
from src.pipeline.deployment import Deployment
from src.pipeline.errors import FacelaneError, OutputError, PermanentError, RetryableError, UsageError
from src.pipeline.settings import PROJECT_ROOT, Settings

OK, SOME_FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


def parser(*, watching: bool = False) -> argparse.ArgumentParser:
    """watching: of ``watch FOLDER``, whose folder is no flag."""
    made = argparse.ArgumentParser(
        prog="python -m src.client watch" if watching else "python -m src.client",
        description="Who is in these frames?",
        epilog="python -m src.client report [RUN]: one page to look at a run with",
    )
    made.add_argument("--input", type=Path, metavar="FOLDER", help="the folder that holds the frames")
    made.add_argument(
        "--video", metavar="SOURCE", help="a video file, a URL (rtsp://…, https://…) or a camera's number"
    )
    made.add_argument("watch" if watching else "--watch", type=Path, metavar="FOLDER",
                      help="send images as they appear there, until Ctrl-C; also: watch FOLDER")  # fmt: skip
    made.add_argument("--resume", type=Path, metavar="RUN_FILE", help="go on with a run that was broken off")
    made.add_argument("--out", type=Path, default=PROJECT_ROOT / "out", metavar="FOLDER", help="default: out/")
    made.add_argument("--exec-type", choices=("aws", "local"), default="aws",
                      help="aws: through the deployment (default); local: in this process, no cloud")  # fmt: skip
    made.add_argument("--gallery", type=Path, default=PROJECT_ROOT / "gallery", metavar="FOLDER",
                      help="people to enroll where nothing is deployed; default: gallery/")  # fmt: skip
    made.add_argument("--annotate", action="store_true",
                      help="also write the frames with boxes and names, as JPEGs to out/annotated/")  # fmt: skip
    made.add_argument("--url", metavar="URL|auto",
                      help="post the frames to the function URL, not to the bucket (auto: find it)")  # fmt: skip
    made.add_argument("--concurrency", type=int, metavar="N", help="uploads at the same time (default 8)")
    made.add_argument("--timeout", type=float, dest="timeout_s", metavar="SECONDS",
                      help="give up when no answer came for this long (default 120)")  # fmt: skip
    add_live_flags(made)
    made.add_argument("--prefix", help="of the deployment to use")
    made.add_argument("--region", help="of the deployment to use")
    made.add_argument("--endpoint-url", metavar="URL", help="an AWS endpoint other than AWS's own")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["report"]:
        from src.client.report.command import main as report  # pictures load only here

        return report(words[1:])
    watching = words[:1] == ["watch"]
    options = parser(watching=watching).parse_args(words[1:] if watching else words)
    if sum(given is not None for given in (options.input, options.video, options.watch, options.resume)) != 1:
        print("Give one of --input FOLDER, --video SOURCE, watch FOLDER and --resume RUN_FILE.", file=sys.stderr)
        return WRONG_USE
    if options.url and options.exec_type == "local":
        print("--url posts frames to a deployment; leave --exec-type local out.", file=sys.stderr)
        return WRONG_USE
    try:
        with ExitStack() as stack:
            return _run(options, stack)
    except KeyboardInterrupt:
        print("Interrupted; what was answered so far is in the out folder.", file=sys.stderr)
        return INTERRUPTED
    except OutputError as error:
        print(error, file=sys.stderr)
        return SOME_FAILED
    except PermanentError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    except FacelaneError as error:
        print(error, file=sys.stderr)
        return SOME_FAILED


def _run(options: argparse.Namespace, stack: ExitStack) -> int:
    flags = {name: getattr(options, name) for name in ("concurrency", "timeout_s", "prefix", "region", "endpoint_url")}
    settings = Settings.load(**flags)
    session = stack.enter_context(begin_session(options)) if options.video or options.watch else None
    run = session.run if session else stack.enter_context(_folder_run(options))
    try:
        if run.resumed and all_answered(run.ledger):
            print("Every frame of this run is answered: its files are written again, nothing is sent.", file=sys.stderr)
            summary = write_again(run, options.exec_type, settings.recognizer)
        elif options.exec_type == "local":
            from src.client.local_run import run_local  # the models load only here

            with session.running(settings) if session else nullcontext() as frames:
                summary = run_local(run, settings, options.gallery, frames)
        else:
            target = stack.enter_context(_deployment(settings, flags, options.gallery))
            print(recognizer_line(settings.recognizer, target.recognizer), file=sys.stderr)
            url = target.need("function_url") if options.url == "auto" else options.url
            with session.running(target) if session else nullcontext() as frames:
                summary = run_cloud(run, target, frames, url=url)
    except (KeyboardInterrupt, OutputError, RetryableError):
        print(f"Go on with this run: python -m src.client --resume {run.ledger.path}", file=sys.stderr)
        raise
    code = _report(run, summary, session)
    if options.annotate:
        from src.client.annotate import annotate  # pictures load only here

        written, unreadable = annotate(run.ledger, run.folder, run.out / "annotated", settings)
        left_out = f"; {unreadable} could not be read" if unreadable else ""
        print(f"{written} annotated frames in {run.out / 'annotated'}{left_out}")
    return code


def _folder_run(options: argparse.Namespace) -> AbstractContextManager[Run]:
    return resume(options.resume, options.out) if options.resume else begin(options.input, options.out)


@contextmanager
def _deployment(settings: Settings, flags: dict[str, Any], gallery: Path) -> Iterator[Settings]:
    """Settings that point at the recorded deployment, or at the embedded stack for the length of this run."""
    recorded = Deployment.load(settings.deployment_file)
    if recorded is not None:
        recorded.check(flags)
        yield recorded.settings(settings)
        return
    if settings.endpoint_url:
        raise UsageError(
            f"Nothing is recorded as deployed at {settings.endpoint_url}. Deploy there first: "
            f"python -m src.aws up --endpoint-url {settings.endpoint_url}"
        )
    print("Nothing is deployed: using an embedded stack on this machine for this run.", file=sys.stderr)
    from src.aws.local import run_embedded

    with run_embedded(settings, gallery) as deployment:
        yield deployment.settings(settings)


def _report(run: Run, summary: dict[str, Any], session: Session | None) -> int:
    for line in table(run.ledger) if session is None else session.closing_lines(summary):
        print(line)
    for line in appearance_lines(write_appearances(run.ledger, run.out)):
        print(line)
    print(closing_line(summary))
    nobody = nobody_line(run.ledger)
    if nobody is not None:
        print(nobody, file=sys.stderr)
    lines = list(troubles(run.ledger))
    for line in lines:
        print(line, file=sys.stderr)
    if summary["missing"]:
        print(f"Ask again for what is missing: python -m src.client --resume {run.ledger.path}", file=sys.stderr)
    return SOME_FAILED if lines or (session is not None and session.wrong) else OK


if __name__ == "__main__":
    sys.exit(main())
