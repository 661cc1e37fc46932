"""Up and down against the embedded stack: idempotent, complete, and only with what is one's own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import deployment_of, down, planned, prepared, up
from src.aws.plan import text_of
from src.aws.resource import check_owner, describe, differences, ensure
from src.pipeline.errors import SettingsError, UsageError
from src.pipeline.settings import Settings

Bare = Callable[..., Settings]

PLAN = """\
Plan for {p} in us-east-1, account 000000000000:
create  bucket        {p}-frames-000000000000
create  queue         {p}-frame-dlq
create  queue         {p}-req-dlq
create  queue         {p}-frame-queue
create  queue         {p}-req-queue
create  queue         {p}-resp-queue
create  table         {p}-results
create  log group     /aws/lambda/{p}-face-detection
create  log group     /aws/lambda/{p}-face-recognition
create  role          {p}-face-detection-role
create  role          {p}-face-recognition-role
create  function      {p}-face-detection
create  function      {p}-face-recognition
create  function URL  {p}-face-detection
create  trigger       {p}-req-queue → {p}-face-recognition
create  trigger       {p}-frame-queue → {p}-face-detection
create  trigger       {p}-frames-000000000000 → events
create  topic         {p}-alarms
create  alarm         {p}-frame-dlq-depth
create  alarm         {p}-req-dlq-depth
20 to create, 0 to change, 0 to keep."""


def verbs(settings: Settings) -> set[str]:
    return {action.verb for action in planned(settings)[1]}


def test_a_dry_run_prints_the_plan_and_touches_nothing(bare: Bare) -> None:
    settings = bare()
    for _ in range(2):
        assert "\n".join(text_of(*planned(settings))) == PLAN.format(p=settings.prefix)


def test_up_twice_changes_nothing_and_down_twice_leaves_nothing(bare: Bare) -> None:
    settings = bare()
    first = up(settings)
    said: list[str] = []
    assert up(settings, said.append) == first
    assert {line.split()[1] for line in said} == {"kept"}
    assert down(settings) == []
    again: list[str] = []
    assert down(settings, again.append) == []
    assert {line.split()[0] for line in again} == {"absent"}
    assert verbs(settings) == {"create"}


def test_changed_settings_are_named_in_the_plan_and_applied(bare: Bare) -> None:
    settings = replace(bare(), public_url=False)
    up(settings)
    changed = replace(
        settings, function_timeout_s=20, detection_memory_mb=1024, frame_days=3, log_days=7, max_concurrency=4,
        detection_batch=3, reserved_concurrency=9, alarm_email="ops@example.org", public_url=True, trigger="direct",
        min_face_size=40, max_receive_count=3,
    )  # fmt: skip
    p = settings.prefix
    shown = [line for line in text_of(*planned(changed)) if not line.startswith("keep")]
    assert shown == [
        f"Plan for {p} in us-east-1, account 000000000000:",
        f"change  bucket        {p}-frames-000000000000\n{'':<22}days kept: 7 → 3",
        f"change  queue         {p}-frame-queue\n{'':<22}visibility s: 360 → 120\n"
        f"{'':<22}dead letters: another → as planned",
        f"change  queue         {p}-req-queue\n{'':<22}visibility s: 360 → 120\n"
        f"{'':<22}dead letters: another → as planned",
        f"change  log group     /aws/lambda/{p}-face-detection\n{'':<22}days kept: 14 → 7",
        f"change  log group     /aws/lambda/{p}-face-recognition\n{'':<22}days kept: 14 → 7",
        f"change  role          {p}-face-detection-role\n{'':<22}policy: another → as planned",
        f"change  function      {p}-face-detection\n{'':<22}memory MB: 1769 → 1024\n{'':<22}timeout s: 60 → 20\n"
        f"{'':<22}environment: FACELANE_MAX_RECEIVE_COUNT, FACELANE_MIN_FACE_SIZE\n"
        f"{'':<22}dead letters: none → arn:aws:sqs:us-east-1:000000000000:{p}-frame-dlq\n"
        f"{'':<22}reserved concurrency: {2 + settings.http_concurrency} → 9",
        f"change  function      {p}-face-recognition\n{'':<22}timeout s: 60 → 20\n"
        f"{'':<22}environment: FACELANE_MAX_RECEIVE_COUNT, FACELANE_MIN_FACE_SIZE\n"
        f"{'':<22}reserved concurrency: none → 9",
        f"change  function URL  {p}-face-detection\n{'':<22}who may call: signed requests → anyone\n"
        f"{'':<22}opened to anyone: no → yes",
        f"change  trigger       {p}-req-queue → {p}-face-recognition\n{'':<22}at most: 2 → 4",
        f"change  trigger       {p}-frame-queue → {p}-face-detection\n{'':<22}batch: 5 → 3\n{'':<22}at most: 2 → 4",
        f"change  trigger       {p}-frames-000000000000 → events\n{'':<22}sends to: "
        f"arn:aws:sqs:us-east-1:000000000000:{p}-frame-queue → "
        f"arn:aws:lambda:us-east-1:000000000000:function:{p}-face-detection\n"
        f"{'':<22}function allows it: no → yes",
        f"change  topic         {p}-alarms\n{'':<22}tells: none → ops@example.org",
        "0 to create, 13 to change, 7 to keep.",
    ]
    up(changed)
    assert verbs(changed) == {"keep"}
    up(settings)  # and back again; only the subscription stays, which is its owner's to end
    assert verbs(settings) == {"keep"}
    assert down(settings) == []


def test_a_deployment_broken_off_anywhere_is_completed(bare: Bare) -> None:
    """At each step: broken off before it, and inside it (made, but nothing of its configuration applied)."""
    settings = bare()
    aws, resources = prepared(settings)
    for step, resource in enumerate(resources):
        assert [describe(aws, later) for later in resources[step:]] == [None] * (len(resources) - step)
        resource.create(aws)
        half_made = describe(aws, resource)
        assert half_made is not None
        check_owner(resource, aws, half_made)
        ensure(aws, resource)
        found = describe(aws, resource)
        assert found is not None and differences(resource.wanted(aws), found) == {}
    assert verbs(settings) == {"keep"}
    assert down(settings) == []


def test_a_partial_deployment_is_removed(bare: Bare) -> None:
    settings = bare()
    aws, resources = prepared(settings)
    for number in (0, 1, 3, 6, 8, 10, 17):  # bucket, a dead-letter queue, its queue, table, log group, role, topic
        ensure(aws, resources[number])
    assert down(settings) == []
    assert verbs(settings) == {"create"}


def test_two_prefixes_live_side_by_side(bare: Bare) -> None:
    one, other = bare(), bare()
    up(one)
    up(other)
    assert down(one) == []
    assert verbs(other) == {"keep"}
    assert down(other) == []


def test_what_is_not_ours_is_neither_changed_nor_removed(bare: Bare) -> None:
    settings = bare()
    aws = Account(settings)
    sqs = aws.client("sqs")
    sqs.create_queue(QueueName=aws.names.resp_queue, Attributes={"VisibilityTimeout": "77"})
    with pytest.raises(UsageError, match=f"queue {aws.names.resp_queue} exists and is not made by Facelane"):
        up(settings)
    left = down(settings)
    assert len(left) == 1 and aws.names.resp_queue in left[0]
    kept = sqs.get_queue_attributes(QueueUrl=aws.queue_url(aws.names.resp_queue), AttributeNames=["VisibilityTimeout"])
    assert kept["Attributes"] == {"VisibilityTimeout": "77"}
    sqs.delete_queue(QueueUrl=aws.queue_url(aws.names.resp_queue))


def test_somebody_elses_function_keeps_its_url_its_queue_and_its_logs(bare: Bare) -> None:
    settings = bare()
    aws = Account(settings)
    client, logs, name = aws.client("lambda"), aws.client("logs"), aws.names.detection_function
    theirs = aws.client("sqs").create_queue(QueueName=aws.names.frame_queue)["QueueUrl"]
    role = f"{settings.prefix}-theirs"
    aws.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("theirs.py", "handler = print")
    client.create_function(
        FunctionName=name, Runtime="python3.12", Handler="theirs.handler", Code={"ZipFile": packed.getvalue()},
        Role=aws.role_arn(role),
    )  # fmt: skip
    client.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    client.create_event_source_mapping(FunctionName=name, EventSourceArn=aws.queue_arn(aws.names.frame_queue))
    logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    with pytest.raises(UsageError, match="not made by Facelane"):
        up(settings)
    left = down(settings)
    assert sorted(line.split(":")[0].split()[0] for line in left) == ["function", "function", "log", "queue", "trigger"]
    assert client.get_function_url_config(FunctionName=name)
    assert client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    for mapping in client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
        client.delete_event_source_mapping(UUID=mapping["UUID"])
    client.delete_function(FunctionName=name)
    logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")
    aws.client("sqs").delete_queue(QueueUrl=theirs)


def test_one_prefix_in_a_second_region_does_not_take_over_the_first(bare: Bare) -> None:
    settings = bare()
    up(settings)
    elsewhere = replace(settings, region="eu-west-1")
    of_the_first = f"is of deployment '{settings.prefix} in us-east-1': choose another --prefix"
    with pytest.raises(UsageError, match=f"bucket .* {of_the_first}"):
        up(elsewhere)
    aws = Account(elsewhere)
    with pytest.raises(UsageError, match=f"role .* {of_the_first}"):
        ensure(aws, blueprint.roles(aws)[0])
    left = down(elsewhere)
    assert sorted(line.split()[0] for line in left) == ["bucket", "role", "role"]
    assert verbs(settings) == {"keep"}
    assert down(settings) == []


def test_a_bucket_with_frames_is_emptied_and_removed(bare: Bare) -> None:
    settings = bare()
    aws = Account(settings)
    bucket = blueprint.bucket(aws)
    ensure(aws, bucket)
    s3 = aws.client("s3")
    for number in range(3):
        s3.put_object(Bucket=bucket.name, Key=f"frames/r/{number}/a.jpg", Body=b"x")
    s3.create_multipart_upload(Bucket=bucket.name, Key="videos/r/v.mp4")
    assert down(settings) == []


def test_others_notifications_in_the_bucket_stay(bare: Bare) -> None:
    settings = bare()
    aws = Account(settings)
    up(settings)
    s3, name = aws.client("s3"), aws.names.bucket
    found = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    theirs = {"Id": "theirs", "QueueArn": aws.queue_arn(aws.names.frame_queue), "Events": ["s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"QueueConfigurations": [*found, theirs]}
    )
    trigger = blueprint.triggers(aws)[-1]
    trigger.delete(aws)
    left = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    assert [entry["Id"] for entry in left] == ["theirs"]
    up(settings)
    both = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    assert {entry["Id"] for entry in both} == {"theirs", "facelane-frames"}
    assert down(settings) == []


def test_an_existing_role_is_used_where_none_may_be_made(bare: Bare) -> None:
    settings = bare()
    iam = Account(settings).client("iam")
    name = f"{settings.prefix}-LabRole"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')["Role"]
    with_role = replace(settings, role_arn=role["Arn"])
    aws, actions = planned(with_role)
    assert "role" not in {action.resource.kind for action in actions}
    up(with_role)
    for function in (aws.names.detection_function, aws.names.recognition_function):
        config = aws.client("lambda").get_function_configuration(FunctionName=function)
        assert config["Role"] == role["Arn"]
    assert down(with_role) == []
    assert iam.get_role(RoleName=name)


def test_the_record_brings_a_client_to_the_deployment(bare: Bare) -> None:
    settings = bare()
    deployment = up(settings)
    assert deployment == deployment_of(Account(settings))
    client = deployment.settings(Settings.load({}))
    assert (client.bucket, client.prefix) == (f"{settings.prefix}-frames-000000000000", settings.prefix)
    assert client.need("resp_queue_url").endswith(f"{settings.prefix}-resp-queue")
    assert client.embedded
    assert down(settings) == []


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"log_days": 13}, "CloudWatch Logs keeps logs for 1, 3, 5, 7, 14"),
        ({"max_faces": 4000}, "400 KB an item"),
        ({"role_arn": "LabRole"}, "must be the ARN of a role"),
    ],
)
def test_limits_are_checked_before_any_call(flags: dict[str, object], says: str) -> None:
    nowhere = Settings.load({}, endpoint_url="http://127.0.0.1:9", embedded=True, recognizer="dlib", **flags)
    with pytest.raises(SettingsError, match=says):
        up(nowhere)
