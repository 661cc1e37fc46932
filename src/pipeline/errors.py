"""Every error Facelane raises on purpose.

FacelaneError
├── PermanentError            trying again cannot help; the frame or the command gets its answer now
│   ├── UsageError            wrong flags, missing folder, no deployment: exit code 2
│   │   └── NothingKnown      nothing is known of whom or what is named
│   ├── OutputError           the out folder cannot be written to: disk full, no permission
│   ├── SettingsError         a setting is missing or out of range
│   ├── InvalidFrame          not a readable image, too large, too many pixels: status ``invalid``
│   │   └── NotAPicture       empty, or of no known format: not even the header of a picture
│   ├── HttpRefusal           an HTTP call gets an answer of 400 to 499
│   ├── ContractError         a message, record or event lacks a field or has a wrong type
│   ├── ModelError            a model file is missing, truncated, of another version or hash
│   ├── GalleryError          a gallery is unreadable or belongs to another model
│   ├── NotFound              an object, item, queue or table is not there
│   └── StorageRefused        S3, SQS or DynamoDB refused the call: no permission, bad request
└── RetryableError            the same call may succeed later; redelivery is the retry
    ├── StorageUnavailable    S3, SQS or DynamoDB throttled, failed or timed out
    ├── NotReady              something that is being created is not there yet
    └── Conflict              somebody else changed the same thing meanwhile

Messages are complete sentences for a person: they name the file or resource and the cause.
"""

from __future__ import annotations

from collections.abc import Mapping


class FacelaneError(Exception):
    """Root of the tree; never raised itself."""


class PermanentError(FacelaneError):
    """Trying again cannot help."""


class UsageError(PermanentError):
    """The command was called wrongly."""


class NothingKnown(UsageError):
    """Nothing at all is known of whom or what the command names."""


class OutputError(PermanentError):
    """The out folder cannot be written to."""


class SettingsError(PermanentError):
    """A setting is missing or out of range."""


class InvalidFrame(PermanentError):
    """The frame is not a readable image, or over a limit."""


class NotAPicture(InvalidFrame):
    """The frame is empty or of no known format."""


class HttpRefusal(PermanentError):
    """An HTTP call that is not taken. status: 400 to 499; headers: of the answer."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = dict(headers or {})


class ContractError(PermanentError):
    """A message, record or event is not of the agreed form."""


class ModelError(PermanentError):
    """A model file cannot be used."""


class GalleryError(PermanentError):
    """A gallery cannot be used."""


class NotFound(PermanentError):
    """An object, item, queue or table is not there."""


class StorageRefused(PermanentError):
    """A store refused the call."""


class RetryableError(FacelaneError):
    """The same call may succeed later."""


class StorageUnavailable(RetryableError):
    """A store did not answer, or asked to slow down."""


class NotReady(RetryableError):
    """Something that is being created is not there yet."""


class Conflict(RetryableError):
    """Somebody else changed the same thing meanwhile."""
