"""redrive on real queues and a real table, without functions: what goes back, what stays, what is reopened."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.answer_dead import answer_dead
from src.aws.deploy import deployment_of, down
from src.aws.redrive import Redriven, redrive
from src.aws.resource import ensure
from src.client import whereabouts
from src.client.whereabouts import Whereabouts
from src.pipeline.contracts import Response, Status
from src.pipeline.errors import StorageUnavailable
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue, ResultTable


@dataclass(frozen=True)
class Rails:
    settings: Settings
    dead: Queue
    live: Queue
    table: ResultTable

    def bodies(self, queue: Queue) -> list[str]:
        found = queue.receive(wait_s=0, hidden_s=0)
        return sorted(message.body for message in found)


@pytest.fixture
def rails(bare: Callable[..., Settings]) -> Iterator[Rails]:
    settings = bare()
    account = Account(settings)
    for resource in (*blueprint.queues(account), blueprint.table(account)):
        ensure(account, resource)
    deployed = deployment_of(account).settings(settings)
    connection = Connection(deployed)
    yield Rails(
        deployed,
        Queue(connection, deployed.need("req_dlq_url")),
        Queue(connection, deployed.need("req_queue_url")),
        ResultTable(connection, deployed.need("table")),
    )
    assert down(settings) == []


def request(number: int) -> str:
    return json.dumps({"request_id": f"r{number}", "run_id": "run", "filename": f"{number}.jpg", "crops": "…"})


def test_all_go_back_failed_answers_are_reopened_real_ones_and_poison_stay(rails: Rails) -> None:
    for number in range(25):
        rails.dead.send_text(request(number))
    for poison in ("no JSON", "[]", '{"request_id": 7}'):
        rails.dead.send_text(poison)
    rails.table.record(Response("r1", "run", "1.jpg", Status.FAILED, error="broke"), keep_days=1)
    rails.table.record(Response("r2", "run", "2.jpg", Status.NO_FACE), keep_days=1)
    (done,) = redrive(rails.settings, ("req",))
    assert done == Redriven(rails.dead.name, rails.live.name, moved=25, reopened=1, left=3)
    assert rails.table.get("r1") is None
    item = rails.table.get("r2")
    assert item is not None
    assert item["status"] == "no_face"
    assert rails.live.depth() == 25
    assert rails.bodies(rails.dead) == sorted(("no JSON", "[]", '{"request_id": 7}')), "given back, at once"


EVENT = {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": "frames/run/r1/a.jpg"}}}]}


@pytest.mark.parametrize("body", [EVENT, {"requestContext": {"condition": "…"}, "requestPayload": EVENT}])
def test_an_event_that_lambda_gave_up_goes_to_the_queue_that_feeds_the_function(
    body: dict[str, object], rails: Rails
) -> None:
    """AWS's dead letter is the event itself; a failure destination's has it in a field."""
    connection = Connection(rails.settings)
    dead, live = (Queue(connection, rails.settings.need(f"frame_{kind}_url")) for kind in ("dlq", "queue"))
    dead.send(body)
    (found,) = Whereabouts(connection, rails.settings).dead("run")
    assert (found.frame.filename, found.queue) == ("a.jpg", dead.name)
    rails.table.record(Response("r1", "run", "a.jpg", Status.FAILED, error="given up"), keep_days=1)
    (done,) = redrive(rails.settings, ("frame",))
    assert done == Redriven(dead.name, live.name, moved=1, reopened=1, left=0)
    assert [json.loads(sent) for sent in rails.bodies(live)] == [EVENT]


def test_all_are_answered_failed_however_many_there_are(rails: Rails, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whereabouts, "LOOK_MESSAGES", 10)
    for number in range(25):
        rails.dead.send_text(request(number))
    assert len(answer_dead(rails.settings)) == 25


def test_answered_failed_once_where_no_client_watches_and_left_to_be_redriven(rails: Rails) -> None:
    responses = Queue(Connection(rails.settings), rails.settings.need("resp_queue_url"))
    for number in (1, 1, 2):  # a frame may have two requests
        rails.dead.send_text(request(number))
    rails.dead.send_text("no JSON")
    rails.table.record(Response("r2", "run", "2.jpg", Status.NO_FACE), keep_days=1)
    assert [dead.frame.request_id for dead in answer_dead(rails.settings)] == ["r1"]
    assert answer_dead(rails.settings) == []
    (sent,) = responses.receive(wait_s=0)
    answer = json.loads(sent.body)
    assert (answer["request_id"], answer["status"]) == ("r1", "failed")
    assert answer["error"].endswith(f"its message is in {rails.dead.name}.")
    item = rails.table.get("r2")
    assert item is not None
    assert item["status"] == "no_face"
    assert rails.dead.depth() == 4


def test_nothing_to_move(rails: Rails) -> None:
    assert [(done.moved, done.left) for done in redrive(rails.settings)] == [(0, 0), (0, 0)]


def test_broken_off_between_send_and_delete_it_is_sent_twice_never_lost(
    rails: Rails, monkeypatch: pytest.MonkeyPatch
) -> None:
    rails.dead.send_text(request(1))

    def breaks(self: Queue, messages: object) -> None:
        raise StorageUnavailable("The network is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(Queue, "delete", breaks)
        patch.setattr("src.aws.redrive.HIDDEN_S", 1)
        with pytest.raises(StorageUnavailable):
            list(redrive(rails.settings, ("req",)))
    assert rails.bodies(rails.live) == [request(1)]
    assert rails.dead.receive(wait_s=3, hidden_s=0), "still there"
    (done,) = redrive(rails.settings, ("req",))
    assert done.moved == 1
    assert rails.bodies(rails.live) == [request(1)] * 2
