import threading
import time

import pytest

from src.client import listening
from src.client.listening import LONGEST_S, MANY, Listener
from src.pipeline.stores import Connection, Queue


@pytest.fixture
def queue(stack):
    queue = Queue(Connection(stack.settings), stack.settings.need("resp_queue_url"))
    queue.delete(queue.receive(wait_s=0))
    return queue


@pytest.mark.parametrize("long_poll", [True, False])
@pytest.mark.parametrize("waiting", [1, MANY + 1])
def test_an_answer_that_comes_while_it_listens_is_heard(queue, long_poll, waiting, monkeypatch):
    monkeypatch.setattr(listening, "LONGEST_S", 20)  # a slow machine may send it late
    later = threading.Timer(0.5, lambda: queue.send({"an": "answer"}))
    later.start()
    heard = Listener(queue, long_poll=long_poll).hear(waiting)
    later.join()
    queue.delete(heard)
    assert [message.body for message in heard] == ['{"an":"answer"}']


@pytest.mark.parametrize("long_poll", [True, False])
def test_where_nothing_comes_it_gives_up(queue, long_poll):
    begun = time.monotonic()
    assert Listener(queue, long_poll=long_poll).hear(1) == []
    assert time.monotonic() - begun >= LONGEST_S - 0.1


def test_of_many_answers_one_call_brings_several(queue, monkeypatch):
    monkeypatch.setattr(listening, "BREATH_S", 1.0)  # a slow machine sends them slowly
    senders = [threading.Timer(0.01 * n, lambda: queue.send({"an": "answer"})) for n in range(5)]
    for sender in senders:
        sender.start()
    heard = Listener(queue, long_poll=True).hear(MANY + 1)
    for sender in senders:
        sender.join()
    queue.delete(heard)
    queue.delete(queue.receive(wait_s=0))
    assert len(heard) > 1
