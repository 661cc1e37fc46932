import threading
import time

import pytest

from src.client import collect
from src.client.collect import Collector
from src.client.ledger import Ledger
from src.client.whereabouts import Whereabouts
from src.pipeline.contracts import Response, Status
from src.pipeline.stores import Connection, Queue, ResultTable

# To other frames, one each 0.4 s: for longer than silence is trusted, and for as long as it may take to ask.
ANSWERS = {0.0: 150, 3600.0: 14}


@pytest.mark.parametrize("overdue_s", ANSWERS)
def test_while_frames_keep_coming_one_whose_message_is_lost_is_asked_for(overdue_s, stack, tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "OVERDUE_S", overdue_s)
    monkeypatch.setattr(collect, "SWEEP_S", (4.0, 8.0))  # silence on a slow machine is shorter
    connection, settings = Connection(stack.settings), stack.settings
    table, queue = ResultTable(connection, settings.need("table")), Queue(connection, settings.need("resp_queue_url"))
    ledger, run_id = Ledger(tmp_path / "r.sqlite"), f"collect-{overdue_s:g}"
    lost, *others = (ledger.add_one(f"{n}.jpg") for n in range(1 + ANSWERS[overdue_s]))
    for frame in (lost, *others):
        ledger.upload_begins(frame.request_id, at=time.time())
        ledger.upload_done(frame.request_id, seconds=0.1)
    table.record(Response(lost.request_id, run_id, lost.filename, Status.NO_FACE), keep_days=1)
    answers, stop = [], threading.Event()
    collector = Collector(
        ledger, queue, table, Whereabouts(connection, settings), run_id,
        timeout_s=60, keep_days=1, on_answer=lambda response: answers.append(response.request_id),
    )  # fmt: skip
    thread = threading.Thread(target=collector.run, args=(threading.Event(), stop))
    thread.start()
    for frame in others:  # an answer in less than the time after which a silent queue is mistrusted
        if lost.request_id in answers:
            break
        queue.send(Response(frame.request_id, run_id, frame.filename, Status.NO_FACE).to_json())
        time.sleep(0.4)
    found = lost.request_id in answers
    stop.set()
    thread.join()
    ledger.close()
    assert found == (overdue_s == 0)
