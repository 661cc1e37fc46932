"""Every error Facelane raises on purpose.

FacelaneError
├── PermanentError            trying again cannot help; the frame or the command gets its answer now
│   ├── UsageError            wrong flags, missing folder, no deployment: exit code 2
│   ├── SettingsError         a setting is missing or out of range
│   ├── InvalidFrame          not a readable image, too large, too many pixels: status ``invalid``
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


class FacelaneError(Exception):
    """Root of the tree; never raised itself."""


class PermanentError(FacelaneError):
    """Trying again cannot help."""


class UsageError(PermanentError):
    """The command was called wrongly."""


class SettingsError(PermanentError):
    """A setting is missing or out of range."""


class InvalidFrame(PermanentError):
    """The frame is not a readable image, or over a limit."""


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
