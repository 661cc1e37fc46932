"""``python -m src.pipeline.export``: writes networks, kernels and their manifest to the models folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from src.pipeline.errors import FacelaneError
from src.pipeline.export.everything import export_all
from src.pipeline.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m src.pipeline.export",
        description="Writes the networks, the compiled kernels and their manifest to the models folder.",
    )
    parser.add_argument("--models-dir", type=Path, metavar="FOLDER", help="default: models/")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="MODEL=FILE",
                        help="a downloaded checkpoint of facenet-vggface2 or facenet-casia-webface")  # fmt: skip
    options = parser.parse_args()
    try:
        given = dict(pair.split("=", 1) for pair in options.checkpoint)
    except ValueError:
        print("--checkpoint takes MODEL=FILE.", file=sys.stderr)
        return 2
    try:
        settings = Settings.load(models_dir=options.models_dir)
        export_all(settings, {model: Path(file) for model, file in given.items()}, say=print)
    except FacelaneError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
