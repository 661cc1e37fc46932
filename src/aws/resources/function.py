"""The two functions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar

from src.aws.account import Account, owner_of
from src.aws.packages.package import Package
from src.aws.resource import OWNER, Facts, Resource, differences, or_none, until_accepted
from src.aws.resources import concurrency, snapshot
from src.aws.resources.log_group import log_group_of
from src.pipeline.settings import ENV_PREFIX, Settings

CODE_TAG, PACKAGE_TAG = "facelane:code", "facelane:package"
MB_PER_VCPU = 1769
GONE = "ResourceNotFoundException"
BUSY = ("ResourceConflictException",)
ROLE_IS_NEW = ("InvalidParameterValueException",)
NO_DEAD_LETTERS = {"DeadLetterConfig": {"TargetArn": ""}}
CONFIGURED = {"package", "role", "memory MB", "timeout s", "environment", "dead letters", "snapshot start"}
# The settings that mean something inside a function; each that differs from its default is given to it.
SERVING = (
    "recognizer", "threads", "embed_precision", "min_face_size", "pnet_threshold", "rnet_threshold", "onet_threshold",
    "pyramid_factor", "match_threshold", "match_margin", "gallery_check_s", "max_frame_bytes", "max_frame_pixels",
    "max_faces", "max_receive_count", "record_days", "strangers", "stranger_days",
)  # fmt: skip


@dataclass(frozen=True)
class Function(Resource):
    """duty: ``detection`` or ``recognition``; role: the ARN it runs as."""

    kind: ClassVar[str] = "function"
    duty: str
    role: str
    package: Package = field(compare=False)
    progress: Callable[[str], None] = field(default=lambda _: None, compare=False)

    def wanted(self, aws: Account) -> Facts:
        settings = aws.settings
        return {
            OWNER: settings.prefix,
            "package": self.package.name,
            "code": self.package.fingerprint(aws),
            "role": self.role,
            "memory MB": getattr(settings, f"{self.duty}_memory_mb"),
            "timeout s": settings.function_timeout_s,
            "environment": threads_of(getattr(settings, f"{self.duty}_memory_mb")) | environment(aws, self.package),
            "dead letters": self._dead_letters(aws),
            "reserved concurrency": concurrency.set_aside(aws, self.name, self.duty),
            "snapshot start": snapshot.is_used(aws),
            "architecture": settings.architecture,
            **({"newest is live": True} if snapshot.is_used(aws) else {}),
        }

    def found(self, aws: Account) -> Facts | None:
        answer = or_none(lambda: aws.client("lambda").get_function(FunctionName=self.name), GONE)
        if answer is None:
            return None
        tags, config = answer.get("Tags", {}), answer["Configuration"]
        return {
            OWNER: owner_of(tags),
            "package": tags.get(PACKAGE_TAG),
            "code": tags.get(CODE_TAG),
            "role": config["Role"],
            "memory MB": config["MemorySize"],
            "timeout s": config["Timeout"],
            "environment": config.get("Environment", {}).get("Variables", {}),
            "dead letters": config.get("DeadLetterConfig", {}).get("TargetArn") or None,
            "reserved concurrency": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            "snapshot start": config.get("SnapStart", {}).get("ApplyOn", "None") != "None",
            "architecture": config.get("Architectures", ["x86_64"])[0],
            **({"newest is live": snapshot.is_live(aws, self.name)} if snapshot.is_used(aws) else {}),
        }

    def create(self, aws: Account) -> None:
        code = self.package.deliver(aws, self.progress)
        settings, client = aws.settings, aws.client("lambda")
        request: dict[str, Any] = {
            "FunctionName": self.name,
            "Role": self.role,
            "Code": code,
            "PackageType": "Image" if "ImageUri" in code else "Zip",
            "Architectures": [settings.architecture],
            "Tags": aws.tags | {PACKAGE_TAG: self.package.name, CODE_TAG: self.package.fingerprint(aws)},
            **self._configuration(aws),
        }
        _once_the_role_is_known(lambda: client.create_function(**request))
        self._settle(aws, "function_active_v2")

    def change(self, aws: Account, facts: Facts) -> None:
        client = aws.client("lambda")
        if "package" in facts and self._is_of_another_type(aws):  # an image or a zip it is for life
            self.delete(aws)
            self.create(aws)
            facts = differences(self.wanted(aws), self.found(aws) or {})
        if facts.keys() & {"package", "code", "architecture"}:
            code = self.package.deliver(aws, self.progress)
            request = {"FunctionName": self.name, "Architectures": [aws.settings.architecture], **code}
            until_accepted(lambda: client.update_function_code(**request), BUSY)
            self._settle(aws, "function_updated_v2")
        if facts.keys() & CONFIGURED:
            configuration = {
                "FunctionName": self.name,
                "Role": self.role,
                **NO_DEAD_LETTERS,
                **self._configuration(aws),
            }
            _once_the_role_is_known(lambda: client.update_function_configuration(**configuration), BUSY)
            self._settle(aws, "function_updated_v2")
        if "reserved concurrency" in facts:
            self._reserve(aws, facts["reserved concurrency"])
        if snapshot.is_used(aws):  # where nothing changed, Lambda answers with the version that there is
            snapshot.publish(aws, self.name)
        if facts.keys() & {"package", "code"}:  # last: until then the next run delivers again
            tags = {PACKAGE_TAG: self.package.name, CODE_TAG: facts.get("code", self.package.fingerprint(aws))}
            client.tag_resource(Resource=aws.arn("lambda", f"function:{self.name}"), Tags=tags)

    def delete(self, aws: Account) -> None:
        aws.client("lambda").delete_function(FunctionName=self.name)

    def _is_of_another_type(self, aws: Account) -> bool:
        found = aws.client("lambda").get_function_configuration(FunctionName=self.name)
        return bool((found.get("PackageType") == "Image") != (self.package.name == "image"))

    def _configuration(self, aws: Account) -> dict[str, Any]:
        wanted = self.wanted(aws)
        dead_letters = {"DeadLetterConfig": {"TargetArn": wanted["dead letters"]}} if wanted["dead letters"] else {}
        snapstart = {"SnapStart": {"ApplyOn": "PublishedVersions" if wanted["snapshot start"] else "None"}}
        return {
            "MemorySize": wanted["memory MB"],
            "Timeout": wanted["timeout s"],
            "Environment": {"Variables": wanted["environment"]},
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": log_group_of(self.name)},
            **dead_letters,
            **(snapstart if self.package.name == "zip" else {}),
            **self.package.configuration(aws, self.duty),
        }

    def _dead_letters(self, aws: Account) -> str | None:
        """Where Lambda sends an event that S3 called the function with, once it was tried three times in vain."""
        direct = self.duty == "detection" and aws.settings.trigger == "direct"
        return aws.queue_arn(aws.names.frame_dlq) if direct else None

    def _settle(self, aws: Account, waiter: str) -> None:
        config = {"Delay": 1, "MaxAttempts": 300}
        aws.client("lambda").get_waiter(waiter).wait(FunctionName=self.name, WaiterConfig=config)

    def _reserve(self, aws: Account, instances: int | None) -> None:
        client = aws.client("lambda")
        if instances is None:
            client.delete_function_concurrency(FunctionName=self.name)
        else:
            client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=instances)


def _once_the_role_is_known(call: Callable[[], Any], busy: Collection[str] = ()) -> None:
    """A role takes some seconds until Lambda can assume it, and sees that it may send dead letters."""
    until_accepted(
        lambda: until_accepted(
            lambda: until_accepted(call, ROLE_IS_NEW, says="cannot be assumed"),
            ROLE_IS_NEW, says="does not have permissions",
        ),
        busy,
    )  # fmt: skip


def threads_of(memory_mb: int) -> dict[str, str]:
    """A thread per vCPU that this memory buys, unless settings say otherwise; Lambda shows more processors than that.

    A thread more than that only waits for the others' time to be given back.
    """
    threads = str(max(1, round(memory_mb / MB_PER_VCPU)))
    # numpy's matrix library starts its threads when it is imported: 40 ms of a cold start for one more than there is.
    return {f"{ENV_PREFIX}THREADS": threads, "OPENBLAS_NUM_THREADS": threads}


def environment(aws: Account, package: Package) -> dict[str, str]:
    """What both functions are told: where things are, and each serving setting that is not the default."""
    names, settings = aws.names, aws.settings
    told = {
        "REGION": aws.region,
        "PREFIX": settings.prefix,
        "BUCKET": names.bucket,
        "TABLE": names.table,
        "FRAME_QUEUE_URL": aws.queue_url(names.frame_queue),
        "REQ_QUEUE_URL": aws.queue_url(names.req_queue),
        "RESP_QUEUE_URL": aws.queue_url(names.resp_queue),
    }
    if settings.endpoint_url:
        told["ENDPOINT_URL"] = settings.endpoint_url
    for spec in fields(Settings):
        value = getattr(settings, spec.name)
        if spec.name in SERVING and value is not None and (spec.default is MISSING or value != spec.default):
            told[spec.name.upper()] = str(value)
    logs = {"POWERTOOLS_LOG_LEVEL": "INFO", "POWERTOOLS_METRICS_NAMESPACE": "Facelane"}
    return {ENV_PREFIX + name: value for name, value in told.items()} | logs | package.environment(aws)
