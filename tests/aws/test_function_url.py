"""Who may call the function URL, and how many at a time. The embedded stack checks signatures as AWS does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from src.aws.account import Account
from src.aws.deploy import down, up
from src.aws.resources.concurrency import LEFT_FREE, set_aside
from src.pipeline.deployment import Deployment
from src.pipeline.settings import PROJECT_ROOT, Settings
from tests.aws.refusals import Refusals
from tests.conftest import SAMPLES
from tests.integration.posting import body, send

PHOTO = SAMPLES / "hopper_128px.png"
CALL = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]


@pytest.fixture(scope="module")
def signed_only(embedded: Any) -> Iterator[tuple[Account, Deployment]]:
    """A deployment whose URL takes signed requests only, with two instances of each function."""
    base = embedded.settings(Settings.load({}, prefix="signed", recognizer="dlib", reserved_concurrency=2))
    settings = replace(base, public_url=False)
    yield Account(settings), up(settings)
    assert down(settings) == []


def user(aws: Account, name: str, actions: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on somebody else's key is in the environment, who may do this and nothing else."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    function = aws.arn("lambda", f"function:{aws.names.detection_function}")
    statement = {"Effect": "Allow", "Action": actions, "Resource": function}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def example() -> Callable[..., Any]:
    """The function that docs/http.md shows."""
    (code,) = re.findall(r"```python\n(.*?)```", (PROJECT_ROOT / "docs" / "http.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["post"]


def test_an_unsigned_call_is_refused(signed_only: tuple[Account, Deployment]) -> None:
    status, answer, _ = send(str(signed_only[1].function_url), body("r1", PHOTO))
    assert (status, answer) == (403, {"Message": "Forbidden"})


def test_the_example_of_the_documentation_is_taken(
    signed_only: tuple[Account, Deployment], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, deployment = signed_only
    user(aws, "may-call", CALL, monkeypatch)
    answer = example()(deployment.function_url, PHOTO)
    assert (answer["filename"], answer["status"], len(answer["faces"])) == (PHOTO.name, "unknown", 1)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(Exception, match="403"):
        example()(deployment.function_url, PHOTO)


def test_a_signer_without_the_permission_is_refused(
    signed_only: tuple[Account, Deployment], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, deployment = signed_only
    user(aws, "may-not-call", ["lambda:GetFunction"], monkeypatch)
    with pytest.raises(Exception, match="403"):
        example()(deployment.function_url, PHOTO)


def test_too_many_calls_at_once_are_refused_and_may_be_sent_again(signed_only: tuple[Account, Deployment]) -> None:
    aws, _ = signed_only
    settings = replace(aws.settings, public_url=True)
    url = str(up(settings).function_url)
    frames = [body(f"burst-{number}", PHOTO) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        first = [status for status, *_ in pool.map(lambda frame: send(url, frame), frames)]
    assert set(first) == {200, 429}
    for frame in frames:
        assert send(url, frame, query="?wait=20")[1]["status"] == "unknown"


def test_instances_are_set_aside_where_the_account_has_them(
    bare: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings = replace(bare(), embedded=False, http_concurrency=20, max_concurrency=5)
    aws = Account(settings)
    name = aws.names.detection_function
    free = aws.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    fits = free >= 25 + LEFT_FREE  # the embedded stack's quota depends on the machine's memory
    assert set_aside(aws, name, "detection") == (25 if fits else None)
    assert set_aside(aws, name, "recognition") is None
    too_many = Account(replace(settings, http_concurrency=1000))
    assert set_aside(too_many, name, "detection") is None
    assert set_aside(Account(replace(settings, reserved_concurrency=7)), name, "recognition") == 7
    Refusals(aws).first(1, "lambda", "GetAccountSettings", "AccessDeniedException")
    assert set_aside(aws, name, "detection") is None
