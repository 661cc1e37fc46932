"""The ECR repository of the functions' image."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from src.aws.account import Account, owner_of
from src.aws.resource import OWNER, Facts, Resource, or_none

KEEP_IMAGES = 3
LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": f"keep the {KEEP_IMAGES} newest images",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEEP_IMAGES},
            "action": {"type": "expire"},
        }
    ]
}


@dataclass(frozen=True)
class Repository(Resource):
    kind: ClassVar[str] = "repository"

    def wanted(self, aws: Account) -> Facts:
        return {OWNER: aws.settings.prefix, "scan on push": True, "lifecycle": LIFECYCLE}

    def found(self, aws: Account) -> Facts | None:
        ecr = aws.client("ecr")
        answer = or_none(
            lambda: ecr.describe_repositories(repositoryNames=[self.name]), "RepositoryNotFoundException"
        )  # fmt: skip
        if answer is None:
            return None
        repository = answer["repositories"][0]
        policy = or_none(
            lambda: ecr.get_lifecycle_policy(repositoryName=self.name), "LifecyclePolicyNotFoundException"
        )  # fmt: skip
        return {
            OWNER: owner_of(ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"]).get("tags")),
            "scan on push": repository.get("imageScanningConfiguration", {}).get("scanOnPush", False),
            "lifecycle": json.loads(policy["lifecyclePolicyText"]) if policy else None,
        }

    def create(self, aws: Account) -> None:
        aws.client("ecr").create_repository(
            repositoryName=self.name, tags=aws.tag_list, imageScanningConfiguration={"scanOnPush": True}
        )

    def change(self, aws: Account, facts: Facts) -> None:
        ecr = aws.client("ecr")
        if "scan on push" in facts:
            ecr.put_image_scanning_configuration(
                repositoryName=self.name, imageScanningConfiguration={"scanOnPush": True}
            )
        if "lifecycle" in facts:
            ecr.put_lifecycle_policy(repositoryName=self.name, lifecyclePolicyText=json.dumps(LIFECYCLE))

    def delete(self, aws: Account) -> None:
        aws.client("ecr").delete_repository(repositoryName=self.name, force=True)  # with its images

    def uri(self, aws: Account) -> str:
        """What images are tagged with to be pushed here."""
        answer = aws.client("ecr").describe_repositories(repositoryNames=[self.name])
        return str(answer["repositories"][0]["repositoryUri"])

    def digest(self, aws: Account, tag: str) -> str | None:
        """The digest of the image with a tag, or None where there is none."""
        answer = or_none(
            lambda: aws.client("ecr").describe_images(repositoryName=self.name, imageIds=[{"imageTag": tag}]),
            "ImageNotFoundException", "RepositoryNotFoundException",
        )  # fmt: skip
        details = answer["imageDetails"] if answer else []
        return str(details[0]["imageDigest"]) if details else None

    def images(self, aws: Account) -> list[dict[str, Any]]:
        """The images there are, newest first: tags, digest, bytes, when they were pushed."""
        pages = aws.client("ecr").get_paginator("describe_images").paginate(repositoryName=self.name)
        found = [image for page in pages for image in page["imageDetails"]]
        return sorted(found, key=lambda image: image["imagePushedAt"], reverse=True)


def login(aws: Account) -> tuple[str, str, str]:
    """User, password and registry to push with; the password is good for twelve hours."""
    data = aws.client("ecr").get_authorization_token()["authorizationData"][0]
    user, password = base64.b64decode(data["authorizationToken"]).decode().split(":", 1)
    return user, password, str(data["proxyEndpoint"])
