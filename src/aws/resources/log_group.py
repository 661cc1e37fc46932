"""A function's log group: made before the function, so that its logs expire from the first line on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from src.aws.account import Account, owner_of
from src.aws.resource import OWNER, Facts, Resource
from src.aws.resources.belongings import owner_by_function

# The numbers of days that CloudWatch Logs knows.
DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def log_group_of(function: str) -> str:
    """The log group that Lambda writes a function's logs to."""
    return f"/aws/lambda/{function}"


@dataclass(frozen=True)
class LogGroup(Resource):
    kind: ClassVar[str] = "log group"

    def wanted(self, aws: Account) -> Facts:
        return {OWNER: aws.settings.prefix, "days kept": aws.settings.log_days}

    def found(self, aws: Account) -> Facts | None:
        group = self._group(aws)
        if group is None:
            return None
        tags = aws.client("logs").list_tags_for_resource(resourceArn=self._arn(aws)).get("tags", {})
        owner: Facts = {OWNER: owner_of(tags)}
        if not tags:  # Lambda itself makes the group of a function that logs before anybody else did
            owner = {OWNER: aws.settings.prefix} | owner_by_function(aws, self.name.rsplit("/", 1)[-1])
        return owner | {"days kept": group.get("retentionInDays")}

    def create(self, aws: Account) -> None:
        aws.client("logs").create_log_group(logGroupName=self.name, tags=aws.tags)

    def change(self, aws: Account, facts: Facts) -> None:
        logs = aws.client("logs")
        logs.tag_resource(resourceArn=self._arn(aws), tags=aws.tags)
        logs.put_retention_policy(logGroupName=self.name, retentionInDays=aws.settings.log_days)

    def delete(self, aws: Account) -> None:
        aws.client("logs").delete_log_group(logGroupName=self.name)

    def _group(self, aws: Account) -> dict[str, Any] | None:
        answer = aws.client("logs").describe_log_groups(logGroupNamePrefix=self.name)
        return next((group for group in answer["logGroups"] if group["logGroupName"] == self.name), None)

    def _arn(self, aws: Account) -> str:
        return aws.arn("logs", f"log-group:{self.name}")
