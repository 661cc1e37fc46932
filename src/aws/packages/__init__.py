"""The ways to pack the functions: ``image`` (ECR), ``zip`` (S3), ``local`` (the embedded stack, from this checkout)."""

from __future__ import annotations

from src.aws.account import Account
from src.aws.packages.package import Package
from src.pipeline.errors import UsageError


def package_for(aws: Account) -> Package:
    """The package that settings ask for. Raises UsageError when it cannot go where it is asked to."""
    wanted = aws.settings.package
    if wanted == "auto":
        wanted = "local" if aws.is_this_machine else "image"
    if wanted == "local":
        from src.aws.packages.local import LocalPackage

        if not aws.is_this_machine:
            raise UsageError("--package local runs from this checkout; it works on the embedded stack only.")
        return LocalPackage()
    if wanted == "zip":
        from src.aws.packages.zipped import ZipPackage

        return ZipPackage()
    from src.aws.packages.image import ImagePackage

    return ImagePackage()
