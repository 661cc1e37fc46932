"""The flags of ``--video`` and ``watch``, and the session they describe."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from fractions import Fraction

from src.client.live import Session
from src.pipeline.errors import UsageError


def add_live_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --video")
    group.add_argument("--every", type=_seconds, default=Fraction(1, 2), metavar="SECONDS",
                       help="between two frames that are sent (default 0.5)")  # fmt: skip
    group.add_argument("--duration", type=_seconds, metavar="SECONDS", help="how much of it (default: all)")
    group.add_argument("--when-behind", choices=("wait", "newest"), default="wait",
                       help="when the network is slower: wait for it (default), or send only the newest")  # fmt: skip
    group.add_argument("--changed-only", action="store_true", help="leave out frames that look like the last one sent")
    group.add_argument("--keep-video", action="store_true", help="also keep the video in the bucket, as MP4")
    group.add_argument("--realtime", action="store_true", help="play a file at its own speed, as a camera would")
    group.add_argument("--patience", type=_seconds, default=Fraction(300), metavar="SECONDS",
                       help="how long a camera may stay away before the recording ends (default 300)")  # fmt: skip
    group = parser.add_argument_group("with watch")
    group.add_argument("--existing", action="store_true", help="send what is in the folder at the start, too")


def begin_session(options: argparse.Namespace) -> AbstractContextManager[Session]:
    """Raises UsageError when the source is not there or the flags do not go together."""
    if options.watch:
        from src.client.watch import begin_watch

        return begin_watch(options.watch, options.out, existing=options.existing)
    from src.client.video.capture import Plan  # the decoder loads only here
    from src.client.video.session import begin_video
    from src.client.video.source import source_of

    if options.keep_video and options.exec_type == "local":
        raise UsageError("--keep-video keeps the video in the bucket, and --exec-type local has none.")
    plan = Plan(
        source_of(options.video),
        options.every,
        options.duration,
        changed_only=options.changed_only,
        realtime=options.realtime,
        patience_s=float(options.patience),
    )
    return begin_video(plan, options.out, newest=options.when_behind == "newest", keep=options.keep_video)


def _seconds(text: str) -> Fraction:
    try:
        seconds = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None
    if not Fraction(1, 1000) <= seconds <= 10**9:
        raise argparse.ArgumentTypeError(f"{text} s is not between 0.001 s and {10**9} s")
    return seconds
