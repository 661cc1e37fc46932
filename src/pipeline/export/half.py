"""An exported network with its weights at half precision, for a package that would be too large otherwise."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import openvino

from src.pipeline.manifest import Manifest, file_entry


def halve(folder: Path, network: str) -> None:
    """Write a network of a models folder again, its weights as fp16, and its new hashes into the manifest.

    The runtime turns the weights back to fp32 when it loads them, and computes as before. Raises ModelError when
    the network is not the one that was exported.
    """
    manifest = Manifest.load(folder)
    path = manifest.verified(folder, network)
    model = openvino.Core().read_model(path)
    # The weights are still being read from the old file while the new one is written.
    with tempfile.TemporaryDirectory(dir=folder) as name:
        openvino.save_model(model, Path(name) / path.name, compress_to_fp16=True)
        del model
        for file in Path(name).iterdir():
            shutil.move(file, folder / file.name)
    entry = file_entry(folder, *manifest.networks[network])
    Manifest({**manifest.networks, network: entry}, manifest.made_with).save(folder)
