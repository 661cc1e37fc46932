"""A function's role, with one inline policy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import unquote

from src.aws.account import REGION_TAG, Account, owner_in, owner_of, tag_of
from src.aws.resource import OWNER, Facts, Resource, or_none
from src.aws.resources.policies import TRUST, detection_policy, recognition_policy

POLICY = "facelane"
POLICIES = {"detection": detection_policy, "recognition": recognition_policy}


@dataclass(frozen=True)
class Role(Resource):
    """duty: ``detection`` or ``recognition``."""

    kind: ClassVar[str] = "role"
    duty: str

    def wanted(self, aws: Account) -> Facts:
        return {OWNER: aws.settings.prefix, "trust": TRUST, "policy": POLICIES[self.duty](aws)}

    def found(self, aws: Account) -> Facts | None:
        iam = aws.client("iam")
        answer = or_none(lambda: iam.get_role(RoleName=self.name), "NoSuchEntity")
        if answer is None:
            return None
        policy = or_none(lambda: iam.get_role_policy(RoleName=self.name, PolicyName=POLICY), "NoSuchEntity")
        tags = iam.list_role_tags(RoleName=self.name).get("Tags")
        return {
            OWNER: owner_in(aws, owner_of(tags), tag_of(tags, REGION_TAG)),
            "trust": _document(answer["Role"]["AssumeRolePolicyDocument"]),
            "policy": _document(policy["PolicyDocument"]) if policy else None,
        }

    def create(self, aws: Account) -> None:
        iam = aws.client("iam")
        iam.create_role(
            RoleName=self.name,
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Description=f"What Facelane's {self.duty} function may do",
            Tags=[*aws.tag_list, {"Key": REGION_TAG, "Value": aws.region}],
        )
        iam.get_waiter("role_exists").wait(RoleName=self.name)

    def change(self, aws: Account, facts: Facts) -> None:
        iam = aws.client("iam")
        if "trust" in facts:
            iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=json.dumps(facts["trust"]))
        if "policy" in facts:
            iam.put_role_policy(RoleName=self.name, PolicyName=POLICY, PolicyDocument=json.dumps(facts["policy"]))

    def delete(self, aws: Account) -> None:
        iam = aws.client("iam")
        for policy in iam.list_role_policies(RoleName=self.name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=self.name, PolicyName=policy)
        for policy in iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=self.name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=self.name)


def _document(value: Any) -> Any:
    # botocore decodes the documents of AWS; an emulator's may come as they are.
    return json.loads(unquote(value)) if isinstance(value, str) else value
