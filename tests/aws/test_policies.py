"""Each function can do what it does with its generated policy, and without a permission the step that needs it fails.

Not checked here: logs:CreateLogStream and logs:PutLogEvents, because the embedded stack writes the functions' logs
itself; s3:ListBucket, because it says "not found" also to those who may not list, where S3 says "access denied".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import down
from src.aws.resource import ensure
from src.aws.resources.policies import detection_policy, recognition_policy
from src.pipeline.contracts import FaceResult, Response, Status
from src.pipeline.errors import StorageRefused
from src.pipeline.settings import Settings
from src.pipeline.stores import Claim, Claims, Connection, ObjectStore, Queue, ResultTable
from src.pipeline.stores.connection import storage_errors
from src.pipeline.stores.strangers import StrangerTable
from src.pipeline.strangers import Strangers

POLICIES = {"detection": detection_policy, "recognition": recognition_policy}
NOT_CHECKED = {"logs:CreateLogStream", "logs:PutLogEvents", "s3:ListBucket"}


class Actor:
    """Does what the functions do, with a role's credentials."""

    def __init__(self, aws: Account, connection: Connection) -> None:
        names = aws.names
        self.sqs = connection.client("sqs")
        self.objects = ObjectStore(connection, names.bucket)
        self.table = ResultTable(connection, names.table)
        self.claims = Claims(connection, names.table)
        self.queues = {q: Queue(connection, aws.queue_url(q)) for q in (names.frame_queue, names.req_queue)}
        self.own_queue = names.frame_queue
        self.requests = self.queues[names.req_queue]
        self.responses = Queue(connection, aws.queue_url(names.resp_queue))

    @property
    def own(self) -> Queue:
        return self.queues[self.own_queue]

    def record(self, faces: int) -> None:
        face = FaceResult("unknown", None, (0, 0, 1, 1), 1.0)
        self.table.record(Response(f"r{faces}", "run", "a.jpg", Status.UNKNOWN, (face,) * faces), keep_days=1)

    def claim_again(self) -> None:
        for _ in range(2):
            self.claims.claim("r1", Claim("digest", 1), keep_days=1)

    def delete_one(self) -> None:
        # One call for one message: the embedded stack takes a batch for an action of its own, which IAM does not know.
        (message,) = self.own.receive(wait_s=1)
        with storage_errors("delete"):
            self.sqs.delete_message(QueueUrl=self.own.url, ReceiptHandle=message.receipt)

    def change_visibility(self) -> None:
        (message,) = self.own.receive(wait_s=1)
        self.own.retry_in(message.receipt, 0)


Step = Callable[[Actor], Any]
STEPS: dict[str, list[tuple[str, Step]]] = {
    "detection": [
        ("s3:GetObject", lambda a: a.objects.get("frames/r/1/a.jpg")),
        ("s3:PutObject", lambda a: a.objects.put("crops/r/2.npz", b"x")),
        ("sqs:ReceiveMessage", lambda a: a.own.receive(wait_s=0)),
        ("sqs:ChangeMessageVisibility", Actor.change_visibility),
        ("sqs:DeleteMessage", Actor.delete_one),
        ("sqs:GetQueueAttributes", lambda a: a.own.depth()),
        ("sqs:SendMessage", lambda a: a.requests.send({"a": 1})),
        ("sqs:SendMessage", lambda a: a.responses.send({"a": 1})),
        ("dynamodb:PutItem", lambda a: a.record(1)),
        ("dynamodb:GetItem", lambda a: a.table.get("r1")),
        ("dynamodb:BatchWriteItem", lambda a: a.record(101)),
        ("dynamodb:PutItem", Actor.claim_again),
        ("dynamodb:GetItem", Actor.claim_again),
    ],
    "recognition": [
        ("s3:GetObject", lambda a: a.objects.get("crops/r/1.npz")),
        ("s3:GetObject", lambda a: a.objects.get_if_changed("gallery/dlib.npz", None)),
        ("sqs:ReceiveMessage", lambda a: a.own.receive(wait_s=0)),
        ("sqs:ChangeMessageVisibility", Actor.change_visibility),
        ("sqs:DeleteMessage", Actor.delete_one),
        ("sqs:GetQueueAttributes", lambda a: a.own.depth()),
        ("sqs:SendMessage", lambda a: a.responses.send({"a": 1})),
        ("dynamodb:PutItem", lambda a: a.record(1)),
        ("dynamodb:GetItem", lambda a: a.table.get("r1")),
        ("dynamodb:BatchWriteItem", lambda a: a.record(101)),
    ],
}
FORBIDDEN: dict[str, list[Step]] = {
    "detection": [
        lambda a: a.objects.get("gallery/dlib.npz"),
        lambda a: a.objects.put("frames/r/1/a.jpg", b"x"),
        lambda a: a.objects.put("gallery/dlib.npz", b"x"),
        lambda a: a.requests.receive(wait_s=0),
        lambda a: a.responses.receive(wait_s=0),
    ],
    "recognition": [
        lambda a: a.objects.get("frames/r/1/a.jpg"),
        lambda a: a.objects.put("gallery/dlib.npz", b"x"),
        lambda a: a.objects.put("crops/r/1.npz", b"x"),
        lambda a: a.requests.send({"a": 1}),
        lambda a: a.responses.receive(wait_s=0),
    ],
}


@pytest.fixture(scope="module")
def aws(embedded: Any) -> Iterator[Account]:
    """The bucket, queues and table that the policies are about, without functions."""
    settings = embedded.settings(Settings.load({}, prefix="rights", recognizer="dlib"))
    account = Account(settings)
    for resource in (blueprint.bucket(account), *blueprint.queues(account), blueprint.table(account)):
        ensure(account, resource)
    s3 = account.client("s3")
    for key in ("frames/r/1/a.jpg", "crops/r/1.npz", "gallery/dlib.npz"):
        s3.put_object(Bucket=account.names.bucket, Key=key, Body=b"x")
    yield account
    assert down(settings) == []


def acting(aws: Account, duty: str, policy: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Somebody who may do what the policy says and nothing else."""
    iam, name = aws.client("iam"), f"acting-{duty}"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.id}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    if name not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=json.dumps(policy))
    key = aws.client("sts").assume_role(RoleArn=aws.role_arn(name), RoleSessionName="test")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", key["SessionToken"])
    actor = Actor(aws, Connection(replace(aws.settings, embedded=False)))
    actor.own_queue = aws.names.frame_queue if duty == "detection" else aws.names.req_queue
    give_work(aws, actor)
    for request_id in ("r1", "r101"):
        aws.client("dynamodb").delete_item(
            TableName=aws.names.table, Key={"request_id": {"S": request_id}, "item": {"S": "frame"}}
        )
    return actor


def give_work(aws: Account, actor: Actor) -> None:
    """One message in the function's own queue."""
    aws.client("sqs").purge_queue(QueueUrl=actor.own.url)
    aws.client("sqs").send_message(QueueUrl=actor.own.url, MessageBody="work")


def without(policy: dict[str, Any], action: str) -> dict[str, Any]:
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        statement["Action"] = [a for a in statement["Action"] if a != action] or ["none:Nothing"]
    return less


@pytest.mark.parametrize("duty", list(STEPS))
def test_the_generated_policy_is_enough(duty: str, aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = acting(aws, duty, POLICIES[duty](aws), monkeypatch)
    for _, step in STEPS[duty]:
        give_work(aws, actor)
        step(actor)


@pytest.mark.parametrize(
    ("duty", "number"), [(duty, number) for duty, steps in STEPS.items() for number in range(len(steps))]
)
def test_without_a_permission_the_step_that_needs_it_fails(
    duty: str, number: int, aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, step = STEPS[duty][number]
    actor = acting(aws, duty, without(POLICIES[duty](aws), action), monkeypatch)
    with pytest.raises(StorageRefused, match=action):
        step(actor)


def test_strangers_need_one_more_permission(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def sight(account: Account) -> None:
        acting(aws, "recognition", recognition_policy(account), monkeypatch)
        table = StrangerTable(Connection(replace(aws.settings, embedded=False)), aws.names.table, "dlib")
        for request_id in ("r1", "r2"):
            strangers = Strangers(table, "dlib", keep_days=1, check_s=0)
            assert strangers.sighting(np.ones(128, np.float32), request_id, 0.5).seen_before is (request_id == "r2")

    with pytest.raises(StorageRefused, match="dynamodb:Query"):
        sight(aws)
    sight(Account(replace(aws.settings, strangers=True)))


def test_with_the_direct_trigger_dead_letters_are_sent_in_the_function_s_name(
    aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By Lambda; the embedded stack's Lambda does not ask whether the role may."""

    def send(account: Account) -> None:
        actor = acting(aws, "detection", detection_policy(account), monkeypatch)
        storage = Connection(replace(aws.settings, embedded=False))
        Queue(storage, aws.queue_url(aws.names.frame_dlq)).send({"a": 1})
        with pytest.raises(StorageRefused):
            Queue(storage, aws.queue_url(aws.names.req_dlq)).send({"a": 1})
        assert actor.own_queue == aws.names.frame_queue

    with pytest.raises(StorageRefused, match="sqs:SendMessage"):
        send(aws)
    send(Account(replace(aws.settings, trigger="direct")))


@pytest.mark.parametrize("duty", list(STEPS))
def test_nothing_else_is_allowed(duty: str, aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = acting(aws, duty, POLICIES[duty](aws), monkeypatch)
    for step in FORBIDDEN[duty]:
        with pytest.raises(StorageRefused):
            step(actor)


@pytest.mark.parametrize("duty", list(STEPS))
def test_every_permission_has_a_step(duty: str, aws: Account) -> None:
    granted = {action for statement in POLICIES[duty](aws)["Statement"] for action in statement["Action"]}
    assert granted - NOT_CHECKED == {action for action, _ in STEPS[duty]}


@pytest.mark.parametrize("duty", list(STEPS))
def test_no_permission_is_on_everything(duty: str, aws: Account) -> None:
    for statement in POLICIES[duty](aws)["Statement"]:
        assert all("rights" in resource for resource in statement["Resource"])
