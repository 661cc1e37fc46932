"""Runs MiniStack, and ends it and all that it started when the process that wanted it is gone, however it went.

``python -m src.aws.stack_guard FOLDER``: FOLDER takes the log and temporary files and is removed at the end.
The end of standard input is the sign: a pipe closes also when its owner is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "FACELANE_STACK_MARK"
PATIENCE_S = 5


def main(folder: Path) -> int:
    # Ctrl-C in a terminal goes to everybody there; the owner decides when this ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with (folder / "stack.log").open("wb") as log:
        stack = subprocess.Popen(
            [sys.executable, "-m", "src.aws.stack_server"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    threading.Thread(target=_until_end_of_input, args=(ended,), daemon=True).start()
    try:
        while not ended.wait(0.2):
            if stack.poll() is not None:
                print(f"The embedded stack ended by itself, with code {stack.returncode}.", file=sys.stderr)
                return 1
        return 0
    finally:
        _end_all(stack)
        shutil.rmtree(folder, ignore_errors=True)


def _until_end_of_input(ended: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    ended.set()


def _end_all(stack: subprocess.Popen[bytes]) -> None:
    """End MiniStack, then its functions' processes, which it leaves behind for some seconds."""
    _end([process for process in _marked() if process.pid == stack.pid])
    while left := _marked():  # a function that was just being started shows up in the second round
        _end(left)


def _marked() -> list[psutil.Process]:
    mark, found = os.environ[MARK], []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue  # another user's, or gone meanwhile
    return found


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        _try(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_S)
    for process in alive:
        _try(process.kill)
    psutil.wait_procs(alive, timeout=PATIENCE_S)


def _try(signal_it: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        signal_it()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
