"""AWS's errors as one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from src.pipeline.errors import FacelaneError, StorageRefused, StorageUnavailable, UsageError
from src.pipeline.stores.connection import RETRYABLE

ADVICE = {
    "ExpiredToken": "The AWS session has expired: sign in again (aws sso login, or fresh keys) and repeat.",
    "ExpiredTokenException": "The AWS session has expired: sign in again (aws sso login, or fresh keys) and repeat.",
    "RequestExpired": "This machine's clock is wrong, or the AWS session has expired: set the clock, sign in again.",
    "SignatureDoesNotMatch": "The AWS secret key does not fit its key id: run `aws configure` again.",
    "InvalidClientTokenId": "AWS does not know this access key: run `aws configure` again, or set AWS_PROFILE.",
    "UnrecognizedClientException": "AWS does not know this access key, or not in this region: check --region.",
    "AuthFailure": "AWS does not accept these credentials in this region: check --region and AWS_PROFILE.",
    "OptInRequired": "This region is not enabled for the account: enable it in the console, or choose another.",
    "BucketAlreadyExists": "Somebody else has a bucket of that name: choose another --prefix.",
    "IllegalLocationConstraintException": "The bucket is in another region than --region names.",
    "PermanentRedirect": "The bucket is in another region than --region names.",
    "AuthorizationHeaderMalformed": "The bucket is in another region than --region names.",
    "RequestEntityTooLargeException": "The package is over Lambda's limit: use --package image.",
    "CodeStorageExceededException": "The account's storage for function code is full: delete old functions.",
    "QueueDeletedRecently": "SQS keeps a deleted queue's name for a minute: repeat then.",
    "AWS.SimpleQueueService.QueueDeletedRecently": "SQS keeps a deleted queue's name for a minute: repeat then.",
}
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
          "UnauthorizedOperation", "403"}  # fmt: skip
BY_CLASS = {
    "NoCredentialsError": "No AWS credentials were found. Run `aws configure`, or set AWS_PROFILE; "
    "without an account, try the embedded stack: python -m src.aws local.",
    "PartialCredentialsError": "The AWS credentials are incomplete: run `aws configure` again.",
    "TokenRetrievalError": "The AWS session has expired: sign in again (aws sso login) and repeat.",
    "SSOTokenLoadError": "There is no AWS session: sign in (aws sso login) and repeat.",
    "UnauthorizedSSOTokenError": "The AWS session has expired: sign in again (aws sso login) and repeat.",
    "ProfileNotFound": "AWS_PROFILE names a profile that is not in ~/.aws/config.",
    "InvalidRegionError": "There is no such region: check --region.",
    "EndpointConnectionError": "Nothing answers there: check --region, --endpoint-url and the network.",
    "ConnectTimeoutError": "Nothing answers there: check --region, --endpoint-url and the network.",
}


def explain(error: Exception, action: str) -> FacelaneError:
    """The Facelane error for one of botocore's. action completes "Cannot …"."""
    if isinstance(error, ClientError):
        return _explain_answer(error, action)
    if isinstance(error, WaiterError) and (error.last_response or {}).get("Error"):  # it asked, and was refused
        return _explain_answer(ClientError(error.last_response, error.kwargs["name"]), action)
    for known in type(error).__mro__:
        if known.__name__ in BY_CLASS:
            return UsageError(f"Cannot {action}. {BY_CLASS[known.__name__]}")
    return StorageUnavailable(f"Cannot {action}: {error}")


def _explain_answer(error: ClientError, action: str) -> FacelaneError:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", "")).strip()
    if code in ADVICE:
        return UsageError(f"Cannot {action}. {ADVICE[code]}")
    if code in DENIED:
        operation = error.operation_name
        return StorageRefused(
            f"Cannot {action}: not allowed to call {operation}. Ask for that permission (README, On AWS, lists all of "
            f"them){_role_hint(operation)}. AWS says: {message or code}"
        )
    if "UnreservedConcurrentExecution" in message:
        return UsageError(
            f"Cannot {action}: the account's concurrency quota leaves too little unreserved (a new account has 10). "
            "Leave --reserved-concurrency out, lower --http-concurrency, or ask AWS for a higher quota of concurrent "
            "executions."
        )
    if code in RETRYABLE:
        return StorageUnavailable(f"Cannot {action}: AWS asks to slow down or is away ({code}). Repeat; it goes on.")
    return StorageRefused(f"Cannot {action}: {message or code} ({code})")


def _role_hint(operation: str) -> str:
    return ", or pass an existing role with --role-arn" if "Role" in operation else ""


@contextmanager
def aws_errors(action: str) -> Iterator[None]:
    """Raise botocore's errors as Facelane's, with advice. action completes "Cannot …"."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise explain(error, action) from error
