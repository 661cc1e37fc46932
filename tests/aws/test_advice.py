"""Errors a user will meet, each in one line that says what to do; through botocore's own parser and Stubber."""

from __future__ import annotations

import re

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, TokenRetrievalError, WaiterError
from botocore.stub import Stubber

from src.aws.advice import aws_errors
from src.pipeline.errors import FacelaneError, StorageRefused, StorageUnavailable, UsageError


def told(service: str, operation: str, code: str, message: str, status: int = 400) -> FacelaneError:
    """The Facelane error for what AWS would answer to a call."""
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        stub.add_client_error(operation, code, message, status)
        with pytest.raises(FacelaneError) as caught, aws_errors("set up the thing"):
            getattr(client, operation)(**REQUESTS[operation])
    assert "\n" not in str(caught.value)
    return caught.value


REQUESTS = {
    "create_bucket": {"Bucket": "some-bucket"},
    "get_caller_identity": {},
    "create_role": {"RoleName": "r", "AssumeRolePolicyDocument": "{}"},
    "put_function_concurrency": {"FunctionName": "f", "ReservedConcurrentExecutions": 5},
    "create_queue": {"QueueName": "q"},
}


@pytest.mark.parametrize(
    ("service", "operation", "code", "message", "kind", "says"),
    [
        ("sts", "get_caller_identity", "ExpiredToken", "The token is expired", UsageError, "sign in again"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "invalid", UsageError, "aws configure"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch", "no match", UsageError, "secret key does not fit"),
        ("s3", "create_bucket", "BucketAlreadyExists", "taken", UsageError, "choose another --prefix"),
        ("s3", "create_bucket", "IllegalLocationConstraintException", "x", UsageError, "another region than --region"),
        ("s3", "create_bucket", "AuthorizationHeaderMalformed", "x", UsageError, "another region than --region"),
        ("iam", "create_role", "AccessDenied", "User is not authorized", StorageRefused, "CreateRole.*--role-arn"),
        ("sqs", "create_queue", "AccessDenied", "no", StorageRefused, "not allowed to call CreateQueue"),
        ("sqs", "create_queue", "ServiceUnavailable", "busy", StorageUnavailable, "Repeat; it goes on"),
        ("lambda", "put_function_concurrency", "InvalidParameterValueException",
         "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
         "its minimum value of [10].", UsageError, "quota.*a new account has 10"),
    ],
)  # fmt: skip
def test_what_aws_answers_becomes_advice(
    service: str, operation: str, code: str, message: str, kind: type[FacelaneError], says: str
) -> None:
    error = told(service, operation, code, message)
    assert isinstance(error, kind)
    assert str(error).startswith("Cannot set up the thing")
    assert re.search(says, str(error)), str(error)


def test_a_wait_that_is_refused_is_told_like_any_refusal() -> None:
    answer = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized to perform: lambda:GetFunction"}}
    with pytest.raises(StorageRefused, match="lambda:GetFunction"), aws_errors("set up the thing"):
        raise WaiterError(name="FunctionActiveV2", reason="An error occurred", last_response=answer)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NoCredentialsError(), "No AWS credentials were found. Run `aws configure`"),
        (EndpointConnectionError(endpoint_url="https://x"), "check --region, --endpoint-url and the network"),
        (TokenRetrievalError(provider="sso", error_msg="x"), "sign in again"),
    ],
)
def test_what_botocore_itself_says_becomes_advice(error: Exception, says: str) -> None:
    with pytest.raises(UsageError) as caught, aws_errors("set up the thing"):
        raise error
    assert says in str(caught.value)
