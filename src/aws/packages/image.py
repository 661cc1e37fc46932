"""Both functions as one container image in ECR, built by Docker from src/lambda/Dockerfile."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from src.aws.account import Account
from src.aws.packages import docker
from src.aws.packages.package import HANDLERS, Package, Progress, fingerprint_of, source_files
from src.aws.resources.repository import Repository, login
from src.pipeline.settings import PROJECT_ROOT

DOCKERFILE = PROJECT_ROOT / "src" / "lambda" / "Dockerfile"
# What the build reads beside the sources.
ALSO_READ = ("requirements.txt", ".dockerignore", "src/__init__.py", "src/aws/packages/trim.py",
             "src/aws/packages/sbom.py")  # fmt: skip
# Of this machine's environment, what says where a build may download from. BUILD_NETWORK names docker's network for it.
PASSED_ON = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "TORCH_INDEX", "BASE", "BUILDER")


class ImagePackage(Package):
    name = "image"

    def fingerprint(self, aws: Account) -> str:
        also = [PROJECT_ROOT / name for name in ALSO_READ]
        words = (
            aws.settings.architecture,
            aws.settings.recognizer,
            *(os.environ.get(name, "") for name in ("BASE", "BUILDER")),
        )
        return fingerprint_of([*source_files(), *also], *words)

    def configuration(self, aws: Account, duty: str) -> dict[str, Any]:
        return {"ImageConfig": {"Command": [HANDLERS[duty]]}}

    def check(self, aws: Account) -> None:
        """Raises UsageError when the image must be built and Docker cannot."""
        if Repository(aws.names.repository).digest(aws, self.fingerprint(aws)) is None:
            docker.check_docker()

    def deliver(self, aws: Account, progress: Progress) -> dict[str, Any]:
        repository, tag = Repository(aws.names.repository), self.fingerprint(aws)
        digest = repository.digest(aws, tag)
        if digest is None:
            self._publish(aws, repository, tag, progress)
            digest = repository.digest(aws, tag)
            assert digest is not None, "ECR knows an image that was pushed"
        else:
            progress(f"       image {tag[:12]} is in the repository already")
        return {"ImageUri": f"{repository.uri(aws)}@{digest}"}

    def _publish(self, aws: Account, repository: Repository, tag: str, progress: Progress) -> None:
        docker.check_docker()
        user, password, registry = login(aws)
        uri = repository.uri(aws)
        if aws.is_this_machine:  # the embedded stack is its own registry; no name leads to it
            registry = urlsplit(str(aws.settings.endpoint_url)).netloc
            uri = f"{registry}/{repository.name}"
        image = f"{uri}:{tag}"
        progress(f"       building {repository.name}:{tag[:12]} for {aws.settings.architecture}")
        build_image(image, aws.settings.architecture, aws.settings.recognizer, progress)
        progress(f"       pushing {docker.image_bytes(image) / 1e6:.0f} MB")
        docker.push(image, user=user, password=password, registry=registry, progress=progress)


def build_image(image: str, architecture: str, recognizer: str, progress: Progress) -> None:
    """Build the functions' image. recognizer: the model id whose network is baked in beside the detector's."""
    passed = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    docker.build(
        image,
        dockerfile=DOCKERFILE,
        context=PROJECT_ROOT,
        architecture=architecture,
        args={"RECOGNIZER": recognizer, "NETWORKS_PLATFORM": docker.native_platform()} | passed,
        progress=progress,
        network=os.environ.get("BUILD_NETWORK"),
    )
