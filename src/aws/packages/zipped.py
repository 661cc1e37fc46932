"""Both functions as one zip file in the deployment's bucket: no Docker needed, within Lambda's 250 MB."""

from __future__ import annotations

import platform
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from src.aws.account import Account
from src.aws.packages import wheels
from src.aws.packages.package import HANDLERS, Package, Progress, fingerprint_of, source_files
from src.aws.packages.taskroot import lay_out
from src.aws.resource import or_none
from src.aws.resources.bucket import CODE
from src.pipeline.manifest import NAME as MANIFEST
from src.pipeline.manifest import Manifest, sha256_of
from src.pipeline.settings import PROJECT_ROOT

PYTHON = "3.12"  # of Lambda's runtimes
PACKERS = ("sbom", "trim", "taskroot", "wheels", "zipped")
KEEP = 3  # as many packages stay in the bucket, so that a change can be taken back
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold


class ZipPackage(Package):
    name = "zip"

    def fingerprint(self, aws: Account) -> str:
        settings, python = aws.settings, python_of(aws)
        packers = [PROJECT_ROOT / "src" / "aws" / "packages" / f"{name}.py" for name in PACKERS]
        compiled = "compiled" if wheels.interpreter(python) else "not compiled"
        Manifest.load(settings.models_dir)  # says what to do where there is none
        networks = sha256_of(settings.models_dir / MANIFEST)
        words = (settings.architecture, settings.recognizer, python, compiled, networks)
        return fingerprint_of([*source_files(), *packers], *words)

    def configuration(self, aws: Account, duty: str) -> dict[str, Any]:
        return {"Runtime": f"python{python_of(aws)}", "Handler": HANDLERS[duty]}

    def environment(self, aws: Account) -> dict[str, str]:
        # On the embedded stack both functions share this machine's cores.
        return {"FACELANE_THREADS": "1"} if aws.is_this_machine else {}

    def deliver(self, aws: Account, progress: Progress) -> dict[str, Any]:
        bucket, key = aws.names.bucket, f"{CODE}{self.fingerprint(aws)}.zip"
        s3 = aws.client("s3")
        if or_none(lambda: s3.head_object(Bucket=bucket, Key=key), "404", "NoSuchKey") is None:
            with tempfile.TemporaryDirectory(prefix="facelane-zip-") as name:
                path = build(Path(name), aws, progress)
                progress(f"       uploading {path.stat().st_size / 1e6:.0f} MB to {bucket}/{key}")
                s3.upload_file(str(path), bucket, key)
            _forget_old(aws, key)
        else:
            progress(f"       {key} is in the bucket already")
        return {"S3Bucket": bucket, "S3Key": key}


def python_of(aws: Account) -> str:
    """The Python version that runs the functions: Lambda's, or, on the embedded stack, this one."""
    return ".".join(platform.python_version_tuple()[:2]) if aws.is_this_machine else PYTHON


def build(folder: Path, aws: Account, progress: Progress) -> Path:
    """Build the zip in a folder and say where it is."""
    root, path = folder / "task", folder / "functions.zip"
    root.mkdir()
    lay_out(root, aws.settings, python_of(aws), progress)
    write_zip(root, path)
    return path


def write_zip(root: Path, path: Path) -> None:
    """Zip a folder so that the same files give the same bytes; readable by anyone, as Lambda demands."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in sorted(root.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(file.relative_to(root).as_posix(), EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (0o100755 if file.suffix == ".so" or ".so." in file.name else 0o100644) << 16
                archive.writestr(entry, file.read_bytes())


def _forget_old(aws: Account, current: str) -> None:
    s3, bucket = aws.client("s3"), aws.names.bucket
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=CODE)
    others = [entry for page in pages for entry in page.get("Contents", []) if entry["Key"] != current]
    for entry in sorted(others, key=lambda entry: entry["LastModified"], reverse=True)[KEEP - 1 :]:
        s3.delete_object(Bucket=bucket, Key=entry["Key"])
