"""One AWS account and region, or the embedded stack in its place."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from src.aws.advice import aws_errors
from src.pipeline.names import Names
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection

OWNER_TAG, REGION_TAG = "facelane", "facelane:region"
NO_ACCOUNT = "ACCOUNT"  # where an id is to be put


class Account:
    """boto3 clients, the account's id, and the names and ARNs of one deployment in it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.region = settings.region
        self._connection = Connection(settings)

    @classmethod
    def without_credentials(cls, settings: Settings) -> Account:
        """One whose id nobody can ask for: ``ACCOUNT`` stands in its place."""
        made = cls(settings)
        with aws_errors("tell the partition of the region"):
            partition = made._connection.partition()
        made._identity = {"Account": NO_ACCOUNT, "Arn": f"arn:{partition}:iam::{NO_ACCOUNT}:root"}
        return made

    @property
    def has_credentials(self) -> bool:
        """Whether this machine has any; not whether AWS accepts them."""
        with aws_errors("look for AWS credentials"):
            return self._connection.credentials() is not None

    def client(self, service: str) -> Any:
        with aws_errors(f"connect to {service}"):
            return self._connection.client(service)

    @cached_property
    def _identity(self) -> dict[str, Any]:
        with aws_errors("ask AWS whose account this is"):
            answer: dict[str, Any] = self.client("sts").get_caller_identity()
        return answer

    @property
    def id(self) -> str:
        """The 12-digit account id."""
        return str(self._identity["Account"])

    @property
    def partition(self) -> str:
        """``aws``, or the partition of another cloud of AWS (``aws-cn``, ``aws-us-gov``)."""
        return str(self._identity["Arn"]).split(":")[1]

    @property
    def names(self) -> Names:
        return Names(self.settings.prefix, self.id)

    @property
    def tags(self) -> dict[str, str]:
        """On everything that is made here: what carries them may be changed and removed, nothing else."""
        return {OWNER_TAG: self.settings.prefix}

    @property
    def tag_list(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    def bucket_arn(self) -> str:
        return f"arn:{self.partition}:s3:::{self.names.bucket}"

    def role_arn(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.id}:role/{name}"

    def queue_arn(self, name: str) -> str:
        return self.arn("sqs", name)

    def queue_url(self, name: str) -> str:
        """A queue's URL; known before the queue is there."""
        endpoint = self.client("sqs").meta.endpoint_url.rstrip("/")
        return f"{endpoint}/{self.id}/{name}"

    @property
    def is_this_machine(self) -> bool:
        """Whether the endpoint is on this machine, as the embedded stack's is."""
        host = urlsplit(self.settings.endpoint_url or "").hostname
        return host in {"127.0.0.1", "localhost", "::1"}


def owner_of(tags: Any) -> str | None:
    """The prefix that a resource's tags name; tags come as a mapping or as a list of pairs, by service."""
    return tag_of(tags, OWNER_TAG)


def tag_of(tags: Any, name: str) -> str | None:
    """One tag's value, or None where there is no such tag."""
    if isinstance(tags, dict):
        return tags.get(name)
    pairs = ((tag.get("Key", tag.get("key")), tag.get("Value", tag.get("value"))) for tag in tags or [])
    return next((value for key, value in pairs if key == name), None)


def owner_in(aws: Account, owner: str | None, region: str | None) -> str | None:
    """The owner of what has a name in all regions at once: a deployment in another region is another owner."""
    return owner if region in (None, aws.region) else f"{owner} in {region}"
