"""boto3 clients with one set of timeouts and retries, and botocore's errors as Facelane's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError, NoCredentialsError
from botocore.exceptions import ConnectionError as NoConnectionError  # refused, no such host, timed out; no OSError

from src.pipeline.errors import NotFound, StorageRefused, StorageUnavailable, UsageError
from src.pipeline.settings import Settings

RETRYABLE = frozenset(
    {
        "InternalError", "InternalFailure", "InternalServerError", "KmsThrottled", "OverLimit",
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled", "RequestTimeout",
        "RequestTimeoutException", "ServiceUnavailable", "ServiceUnavailableException", "SlowDown", "Throttling",
        "ThrottlingException", "TooManyRequestsException", "TransactionCanceledException",
        "TransactionConflictException", "TransactionInProgressException", "500", "502", "503", "504",
    }
)  # fmt: skip
MISSING = frozenset(
    {
        "404", "NoSuchKey", "NoSuchBucket", "NoSuchUpload", "ResourceNotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist",
    }
)  # fmt: skip


class Connection:
    """Lazily made boto3 clients of one account and region, safe to use from several threads."""

    def __init__(self, settings: Settings, *, pool: int = 10) -> None:
        self._settings = settings
        self.region = settings.region
        self.pool = max(pool, 10)
        # The embedded stack's own root key: whatever key this machine has for AWS is never sent to it.
        key = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} if settings.embedded else {}
        try:
            self._session = boto3.session.Session(region_name=settings.region, **key)
        except BotoCoreError as error:  # AWS_PROFILE, say, names a profile that is not there
            raise UsageError(f"Cannot use this machine's AWS configuration: {error}.") from None
        # Short timeouts and few tries: a function's retry is the redelivery of its message, not a long wait.
        self._config = Config(
            retries={"mode": "standard", "max_attempts": 4},
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=self.pool,
            # The embedded stack has no wildcard DNS for bucket names.
            s3={"addressing_style": "path"} if settings.endpoint_url else {},
        )
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        with self._lock:  # making clients is not thread-safe in boto3, using them is
            if service not in self._clients:
                try:
                    self._clients[service] = self._session.client(
                        service, endpoint_url=self._settings.endpoint_url, config=self._config
                    )
                except ValueError as error:  # AWS_ENDPOINT_URL, say, is none
                    raise UsageError(f"Cannot connect to {service}: {error}. Check AWS_ENDPOINT_URL.") from None
            return self._clients[service]

    def credentials(self) -> Any:
        """botocore's credentials, or None where there are none."""
        return self._session.get_credentials()

    def partition(self) -> str:
        """``aws``, or the partition of another cloud of AWS, by the region alone. Raises BotoCoreError."""
        return str(self._session.get_partition_for_region(self.region))


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def storage_errors(action: str) -> Iterator[None]:
    """Raise botocore's errors as NotFound, StorageUnavailable or StorageRefused. action completes "Cannot …"."""
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        message = f"Cannot {action}: {error.response.get('Error', {}).get('Message') or code}"
        if code in MISSING:
            raise NotFound(message) from error
        if code in RETRYABLE or status >= 500 or status == 429:
            raise StorageUnavailable(message) from error
        raise StorageRefused(f"{message} ({code})") from error
    except NoCredentialsError as error:
        raise StorageRefused(
            f"Cannot {action}: no AWS credentials were found. Run `aws configure` or set AWS_PROFILE."
        ) from error
    except (HTTPClientError, NoConnectionError, IncompleteReadError, ConnectionError) as error:
        raise StorageUnavailable(f"Cannot {action}: {error}") from error
    except BotoCoreError as error:
        raise StorageRefused(f"Cannot {action}: {error}") from error
