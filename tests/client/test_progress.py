import os
import pty
import subprocess
import sys
import termios

from src.client.progress import Progress
from src.pipeline.settings import PROJECT_ROOT

SCRIPT = """
from src.client.progress import Progress, say_line, shown
progress = Progress(2)
with shown(progress):
    progress.upload(); progress.answer(0.25)
    say_line("Ada")
    progress.upload(); progress.answer(0.5)
"""


def test_the_line_counts_what_is_uploaded_in_flight_and_answered():
    progress = Progress(10, uploaded=2, answered=1, in_flight=1)
    for _ in range(3):
        progress.upload()
    for seconds in (0.1, 0.2):
        progress.answer(seconds)
    progress.answer(None, uploaded=False)  # refused before it was uploaded
    line = progress.line()
    assert line.startswith("uploaded 5 of 10, in flight 2, answered 4, ")
    assert line.endswith(" frames/s, p50 0.10 s, p95 0.20 s")


def test_without_uploads_and_without_a_known_end_it_says_what_it_knows():
    assert Progress(4, uploads=False).line() == "answered 0 of 4, 0.0 frames/s"
    assert Progress(None).line() == "uploaded 0, in flight 0, answered 0, 0.0 frames/s"


def test_an_answer_that_overtakes_the_reply_to_its_upload_leaves_nothing_below_zero():
    progress = Progress(None)
    progress.answer(0.1)
    assert "in flight 0" in progress.line()
    progress.upload()
    assert "in flight 0" in progress.line()


def test_a_log_gets_lines_without_control_characters():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "Ada\n"
    assert all(c.isprintable() or c == "\n" for c in done.stderr)
    assert [line.split(", ")[0] for line in done.stderr.splitlines()] == ["uploaded 2 of 2"]


def test_on_a_terminal_an_answer_stands_on_a_line_of_its_own_above_the_status():
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    done = subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=PROJECT_ROOT, stdout=theirs, stderr=theirs)
    done.wait(60)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    lines = [line.split("\r")[-1].strip() for line in shown.replace("\r\n", "\n").splitlines()]
    assert "Ada" in lines
    assert "uploaded 2 of 2, in flight 0, answered 2" in shown
