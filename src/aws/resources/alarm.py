"""Alarms on dead letters, and the topic they speak to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from src.aws.account import Account, owner_of
from src.aws.resource import OWNER, Facts, Resource, or_none

GONE = ("NotFound", "NotFoundException")


@dataclass(frozen=True)
class Topic(Resource):
    kind: ClassVar[str] = "topic"

    def wanted(self, aws: Account) -> Facts:
        facts: Facts = {OWNER: aws.settings.prefix}
        return facts | ({"tells": aws.settings.alarm_email} if aws.settings.alarm_email else {})

    def found(self, aws: Account) -> Facts | None:
        sns, arn = aws.client("sns"), topic_arn(aws, self.name)
        if or_none(lambda: sns.get_topic_attributes(TopicArn=arn), *GONE) is None:
            return None
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        told = [s["Endpoint"] for page in pages for s in page["Subscriptions"] if s["Protocol"] == "email"]
        address = aws.settings.alarm_email
        return {
            OWNER: owner_of(sns.list_tags_for_resource(ResourceArn=arn).get("Tags")),
            "tells": address if address in told else (told or [None])[0],
        }

    def create(self, aws: Account) -> None:
        aws.client("sns").create_topic(Name=self.name, Tags=aws.tag_list)

    def change(self, aws: Account, facts: Facts) -> None:
        if "tells" in facts:  # whoever reads mail there has to confirm the subscription
            aws.client("sns").subscribe(
                TopicArn=topic_arn(aws, self.name), Protocol="email", Endpoint=facts["tells"]
            )  # fmt: skip

    def delete(self, aws: Account) -> None:
        aws.client("sns").delete_topic(TopicArn=topic_arn(aws, self.name))


@dataclass(frozen=True)
class Alarm(Resource):
    """Rings when a dead-letter queue holds a message."""

    kind: ClassVar[str] = "alarm"
    queue: str
    topic: str

    def wanted(self, aws: Account) -> Facts:
        return {
            OWNER: aws.settings.prefix,
            "watches": self.queue,
            "tells": [topic_arn(aws, self.topic)],
            "rings at": 1.0,
        }

    def found(self, aws: Account) -> Facts | None:
        cloudwatch = aws.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNames=[self.name]).get("MetricAlarms", [])
        if not alarms:
            return None
        alarm = alarms[0]
        tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"]).get("Tags")
        return {
            OWNER: owner_of(tags),
            "watches": next((d["Value"] for d in alarm.get("Dimensions", []) if d["Name"] == "QueueName"), None),
            "tells": alarm.get("AlarmActions"),
            "rings at": alarm.get("Threshold"),
        }

    def create(self, aws: Account) -> None:
        self._put(aws, Tags=aws.tag_list)

    def change(self, aws: Account, facts: Facts) -> None:
        self._put(aws)

    def delete(self, aws: Account) -> None:
        aws.client("cloudwatch").delete_alarms(AlarmNames=[self.name])

    def _put(self, aws: Account, **more: Any) -> None:
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=self.name,
            AlarmDescription=f"Messages were given up on; look at {self.queue}, mend, then: python -m src.aws redrive",
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Dimensions=[{"Name": "QueueName", "Value": self.queue}],
            Statistic="Maximum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[topic_arn(aws, self.topic)],
            **more,
        )


def topic_arn(aws: Account, name: str) -> str:
    return aws.arn("sns", name)
