"""The deployer's policy is enough to deploy, look and remove; each of its permissions is needed; so is the client's."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.advice import aws_errors
from src.aws.deploy import deployment_of, down, up
from src.aws.enroll import enroll
from src.aws.local import EmbeddedStack
from src.aws.packages import package_for
from src.aws.people.finding import records
from src.aws.people.office import Office
from src.aws.permissions import PUSH, client_policy, deployer_policy
from src.aws.resource import Resource, ensure, remove
from src.aws.resources import snapshot
from src.aws.resources.policies import TRUST
from src.aws.resources.repository import Repository, login
from src.client.__main__ import main as client_main
from src.pipeline.errors import StorageRefused
from src.pipeline.settings import PROJECT_ROOT, Settings
from src.pipeline.stores import Connection, ObjectStore, ResultTable
from src.pipeline.stores import Queue as StoreQueue
from tests.aws.people import MISNAMED, Policy, actions_of, may, signed_in_as, without
from tests.conftest import GALLERY, SAMPLES, Stack

USER = "deployer"
LARGEST_MANAGED_POLICY = 6144  # characters, white space left aside
# AWS asks for these, the embedded stack does not.
NOT_CHECKED = {
    # What is made is made with its tags; and GetFunction leaves the tags out for whoever may not list them.
    "cloudwatch:TagResource", "dynamodb:TagResource", "ecr:TagResource", "iam:TagRole", "sns:TagResource",
    "sqs:TagQueue", "lambda:ListTags",
    "iam:PassRole",
    "lambda:DeleteEventSourceMapping", "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunctionUrlConfig",
    "lambda:GetAccountSettings", "lambda:UpdateEventSourceMapping", "lambda:UpdateFunctionUrlConfig",
    # The policy that refuses requests without TLS would shut everybody out here.
    "s3:PutBucketPolicy",
    # A bucket is made with its ownership rule, and emptied version by version.
    "s3:PutBucketOwnershipControls", "s3:DeleteObjectVersion",
    # docker push and, in the name of whoever makes a function, Lambda itself.
    *PUSH,
}  # fmt: skip


def test_the_documents_are_what_the_code_says() -> None:
    aws = Account(Settings.load({}))
    aws.__dict__["_identity"] = {"Account": "ACCOUNT", "Arn": "arn:aws:sts::ACCOUNT:assumed-role/x"}
    for name, policy in (("deployer", deployer_policy(aws)), ("client", client_policy(aws))):
        written = (PROJECT_ROOT / "docs" / f"{name}-policy.json").read_text()
        assert json.loads(written) == policy
        assert len("".join(written.split())) < LARGEST_MANAGED_POLICY


ALL_ACTIONS = sorted(actions_of(json.loads((PROJECT_ROOT / "docs" / "deployer-policy.json").read_text())))
KINDS: dict[str, Sequence[str]] = {
    "s3": ("bucket", "trigger"), "sqs": ("queue",), "dynamodb": ("table",), "iam": ("role",), "logs": ("log group",),
    "lambda": ("function", "function URL", "trigger"), "sns": ("topic",), "cloudwatch": ("alarm",),
    "ecr": ("repository",),
}  # fmt: skip


@dataclass(frozen=True)
class Deployer:
    """root owns the stack; aws is what the user who is tested calls, other the same with other settings."""

    root: Account
    aws: Account
    other: Account
    policy: Policy

    def resources(self, aws: Account, kinds: Sequence[str]) -> list[Resource]:
        found = [*blueprint.everything(aws, package_for(aws)), blueprint.repository(aws)]
        return [resource for resource in found if resource.kind in kinds]


@pytest.fixture(scope="module")
def deployment(embedded: EmbeddedStack) -> Iterator[Account]:
    settings = embedded.settings(Settings.load({}, prefix="may", recognizer="dlib"))
    up(settings)
    root = Account(settings)
    ensure(root, blueprint.repository(root))
    yield root
    assert down(settings) == []


@pytest.fixture
def deployer(deployment: Account, monkeypatch: pytest.MonkeyPatch) -> Deployer:
    policy = deployer_policy(deployment)
    signed_in_as(deployment, USER, policy, monkeypatch)
    mine = replace(deployment.settings, embedded=False)
    other = replace(
        mine, function_timeout_s=20, detection_memory_mb=1024, frame_days=3, log_days=7, max_concurrency=4,
        reserved_concurrency=9, alarm_email="ops@example.org", public_url=not mine.public_url, trigger="direct",
        max_receive_count=3,
    )  # fmt: skip
    return Deployer(deployment, Account(mine), Account(other), policy)


def test_it_is_enough_to_deploy_change_look_and_remove(
    embedded: EmbeddedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = embedded.settings(Settings.load({}, prefix="enough", recognizer="dlib"))
    root = Account(settings)
    signed_in_as(root, USER, deployer_policy(root), monkeypatch)
    mine = replace(settings, embedded=False)
    up(mine)
    up(replace(mine, trigger="direct", public_url=False, reserved_concurrency=5, alarm_email="ops@example.org"))
    assert enroll(deployment_of(Account(mine)).settings(mine), GALLERY).refusals == ()
    up(mine)
    assert down(mine) == []


Step = Callable[[Deployer], Any]


def cycle(*kinds: str, most: int | None = None) -> Step:
    """Change the first of them, remove them, make them again."""

    def step(who: Deployer) -> None:
        for resource in who.resources(who.other, kinds)[:most]:
            ensure(who.other, resource)
        for resource in reversed(who.resources(who.aws, kinds)[:most]):
            remove(who.aws, resource)
        for resource in who.resources(who.aws, kinds)[:most]:
            ensure(who.aws, resource)

    return step


def the(kind: str, facts: dict[str, Any]) -> Step:
    """Change these facts of the first of a kind, whether they are so already or not."""

    def step(who: Deployer) -> None:
        with aws_errors("change it"):
            who.resources(who.aws, [kind])[0].change(who.aws, facts)

    return step


def use_the_bucket(who: Deployer) -> None:
    store = ObjectStore(Connection(who.aws.settings), who.aws.names.bucket)
    store.put("gallery/dlib.npz", b"x")
    assert store.get("gallery/dlib.npz") == b"x"
    who.root.client("s3").create_multipart_upload(Bucket=who.root.names.bucket, Key="videos/r/v.mp4")
    cycle("bucket", "trigger")(who)


def use_the_role(who: Deployer) -> None:
    (role, _) = who.resources(who.aws, ["role"])
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    who.root.client("iam").attach_role_policy(RoleName=role.name, PolicyArn=arn)
    cycle("role")(who)


def use_the_repository(who: Deployer) -> None:
    with aws_errors("use the repository"):
        Repository(who.root.names.repository).digest(who.aws, "none")
        login(who.aws)
    cycle("repository")(who)


def bring_new_code(who: Deployer) -> None:
    function = who.resources(who.aws, ["function"])[0]
    with aws_errors("bring new code"):
        function.change(who.aws, {"code": "another"})
        snapshot.publish(who.aws, function.name)


def look_at_the_quota(who: Deployer) -> None:
    with aws_errors("look at the quota"):
        who.aws.client("lambda").get_account_settings()


def read_results(who: Deployer) -> None:
    names = who.aws.names
    list(records(Office(replace(who.aws.settings, bucket=names.bucket, table=names.table))))
    table = ResultTable(Connection(who.aws.settings), who.aws.names.table)
    assert table.get("none") is None
    assert table.get_many(["none"]) == []
    assert list(table.by_person("Ann")) == []


def write_results(who: Deployer) -> None:
    """Each by itself, as the table's clients do."""
    table, key = who.aws.names.table, {"request_id": {"S": "r1"}, "item": {"S": "frame"}}
    with aws_errors("write results"):
        dynamodb = who.aws.client("dynamodb")
        dynamodb.put_item(TableName=table, Item=key)
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": key}}]})
        dynamodb.delete_item(TableName=table, Key=key)


def move_a_message(who: Deployer) -> None:
    queue = StoreQueue(Connection(who.aws.settings), who.aws.queue_url(who.aws.names.resp_queue))
    who.root.client("sqs").send_message(QueueUrl=queue.url, MessageBody="{}")
    messages = queue.receive(wait_s=1)
    queue.give_back(messages)
    queue.send({"a": 1})
    queue.delete(queue.receive(wait_s=1))


SAFE = {"public access": "blocked", "encryption": "AES256", "TLS only": False}
# By what an action's name begins with: what the deployer does that needs it.
STEPS: dict[str, tuple[Step, ...]] = {
    "s3:": (the("bucket", SAFE), use_the_bucket),
    "sqs:.*Message": (move_a_message,),
    "sqs:": (cycle("queue", most=3),),
    "dynamodb:(Query|Scan|.*Item)": (read_results, write_results),
    "dynamodb:": (the("table", {"billing": "PAY_PER_REQUEST"}), cycle("table")),
    "lambda:(.*Url|.*Permission|GetPolicy)": (cycle("function URL", "trigger"),),
    "lambda:.*EventSource": (cycle("trigger", most=1),),
    "lambda:(Publish|ListVersions|UpdateFunctionCode|TagResource|UpdateAlias)": (bring_new_code,),
    "lambda:(.*Function|CreateAlias)": (cycle("function", most=1), bring_new_code),
    "lambda:GetAccountSettings": (look_at_the_quota,),
    "iam:": (the("role", {"trust": TRUST}), use_the_role),
    "logs:": (cycle("log group", most=1),),
    "sns:": (the("topic", {"tells": "ops@example.org"}), cycle("topic")),
    "cloudwatch:": (cycle("alarm", most=1),),
    "ecr:": (the("repository", {"scan on push": True}), use_the_repository),
}


def steps_of(action: str) -> tuple[Step, ...]:
    return next(steps for begin, steps in STEPS.items() if re.match(begin, action))


def test_every_step_is_allowed(deployer: Deployer) -> None:
    for steps in STEPS.values():
        for step in steps:
            step(deployer)


@pytest.mark.parametrize("action", [action for action in ALL_ACTIONS if action not in NOT_CHECKED])
def test_without_a_permission_the_step_that_needs_it_fails(action: str, deployer: Deployer) -> None:
    may(deployer.root, USER, without(deployer.policy, action))
    try:
        # S3 gives no reason for refusing to answer whether there is a bucket.
        said = "HeadBucket" if action == "s3:ListBucket" else MISNAMED.get(action, action)
        with pytest.raises(StorageRefused, match=said):
            for step in steps_of(action):
                step(deployer)
    finally:
        for resource in deployer.resources(deployer.root, KINDS[action.split(":")[0]]):
            ensure(deployer.root, resource)


def test_the_clients_policy_is_enough_for_the_main_job(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Account(stack.settings)
    signed_in_as(root, "client", client_policy(root), monkeypatch)
    record = tmp_path / "deployment.json"
    replace(stack.deployment, embedded=False).save(record)
    monkeypatch.setenv("FACELANE_DEPLOYMENT_FILE", str(record))
    frames = tmp_path / "frames"
    frames.mkdir()
    shutil.copy(SAMPLES / "obama_and_biden.jpg", frames)
    assert client_main(["--input", str(frames), "--out", str(tmp_path / "out")]) == 0
