"""A function's process whose work fails with an error nobody foresaw: ``python -m tests.safety.surprised HANDLER``.

The file SURPRISES/detection or SURPRISES/recognition turns it on; then pictures, crops and embeddings are at hand in
every frame of the traceback. SURPRISES/environment is written with the process's environment.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SURPRISES = Path(os.environ["SURPRISES"])


def surprising(real: Callable[..., Any], duty: str) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        if (SURPRISES / duty).exists():
            raise RuntimeError(f"a surprise in {duty}")
        return result

    return wrapped


def main(handler_name: str) -> None:
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    from src.pipeline.faces import FaceFinder, FaceNamer

    (SURPRISES / "environment").write_text(json.dumps(dict(os.environ)))
    FaceFinder.find = surprising(FaceFinder.find, "detection")
    FaceNamer.name = surprising(FaceNamer.name, "recognition")
    importlib.import_module(handler_name.rpartition(".")[0])
    bootstrap.run(handler_name, LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"], False))


if __name__ == "__main__":
    main(sys.argv[1])
