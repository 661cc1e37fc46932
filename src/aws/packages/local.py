"""For the embedded stack: a zip that holds only a bootstrap, which runs the handlers of this checkout.

The entry point is the image's (awslambdaric with the same handler), in a process of its own.
"""

from __future__ import annotations

import io
import shlex
import sys
import zipfile
from typing import Any

from src.aws.account import Account
from src.aws.packages.package import HANDLERS, Package, Progress, fingerprint_of, source_files
from src.pipeline.settings import PROJECT_ROOT

BOOTSTRAP = """#!/bin/sh
export PYTHONPATH={path} PYTHONDONTWRITEBYTECODE=1
exec {python} -m awslambdaric "$_HANDLER"
"""


class LocalPackage(Package):
    name = "local"

    def fingerprint(self, aws: Account) -> str:
        return fingerprint_of(source_files(), _bootstrap())

    def configuration(self, aws: Account, duty: str) -> dict[str, Any]:
        return {"Runtime": "provided.al2023", "Handler": HANDLERS[duty]}

    def deliver(self, aws: Account, progress: Progress) -> dict[str, Any]:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, _bootstrap())
        return {"ZipFile": file.getvalue()}

    def environment(self, aws: Account) -> dict[str, str]:
        # One thread for each unless settings say otherwise: two functions share this machine.
        threads = aws.settings.threads or 1
        return {"FACELANE_MODELS_DIR": str(aws.settings.models_dir), "FACELANE_THREADS": str(threads)}


def _bootstrap() -> str:
    path = shlex.quote(f"{PROJECT_ROOT}:{PROJECT_ROOT / 'src' / 'lambda'}")
    return BOOTSTRAP.format(path=path, python=shlex.quote(sys.executable))
