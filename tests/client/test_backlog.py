import threading
import time

import pytest

from src.client.backlog import Backlog
from src.client.ledger import Ledger


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "r.sqlite")
    yield made
    made.close()


def test_when_only_the_newest_count_the_oldest_are_dropped_and_leave_nothing(ledger, tmp_path):
    backlog = Backlog(ledger, tmp_path / "frames", limit=2, newest=True)
    for n in range(5):
        assert backlog.add(f"{n}.jpg", b"picture")
    backlog.close()
    assert [frame.filename for frame in backlog.frames()] == ["3.jpg", "4.jpg"]
    assert (backlog.added, backlog.dropped) == (5, 3)
    assert [frame.filename for frame in ledger.frames()] == ["3.jpg", "4.jpg"]
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == ["3.jpg", "4.jpg"]


def test_when_all_count_the_one_who_captures_waits_and_none_is_dropped(ledger, tmp_path):
    backlog = Backlog(ledger, tmp_path, limit=2)

    def capture():
        for n in range(20):
            assert backlog.add(f"{n}.jpg", b"picture")
        backlog.close()

    thread = threading.Thread(target=capture)
    thread.start()
    until = time.monotonic() + 30
    while backlog.added < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    assert backlog.added == 2
    assert [f.filename for f in backlog.frames() if f is not None] == [f"{n}.jpg" for n in range(20)]
    thread.join()
    assert backlog.dropped == 0


def test_a_camera_s_frames_wait_on_disk_without_a_limit_and_a_resumed_run_finds_them(ledger, tmp_path):
    backlog = Backlog(ledger, tmp_path, limit=None)
    for n in range(50):
        backlog.add(f"{n}.jpg", b"picture")
    assert [frame.filename for frame in ledger.to_upload()] == [f"{n}.jpg" for n in range(50)]
    assert all((tmp_path / frame.filename).read_bytes() == b"picture" for frame in ledger.to_upload())


def test_after_it_is_closed_nothing_is_taken_and_who_waits_is_let_go(ledger, tmp_path):
    backlog = Backlog(ledger, tmp_path, limit=1)
    assert backlog.add("a.jpg", b"")
    threading.Timer(0.2, backlog.close).start()
    assert not backlog.add("b.jpg", b"")
    assert not backlog.add("c.jpg", b"")
    assert [frame.filename for frame in ledger.frames()] == ["a.jpg"]
