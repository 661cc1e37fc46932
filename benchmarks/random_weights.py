"""The embedder with seeded random weights, ours and in torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from src.pipeline.embedder import Embedder
from src.pipeline.export.convert import convert
from src.pipeline.export.networks import resnet
from src.pipeline.manifest import Manifest, file_entry
from src.pipeline.models import recognizer
from src.pipeline.settings import Settings
from tests.random_weights import MODEL, random_checkpoint


def embedders(folder: Path, threads: int) -> tuple[Embedder, Embedder, Any]:
    """Ours in fp32, ours in bf16, and torch's, all of the same weights."""
    network = resnet(MODEL, random_checkpoint(folder / "random.pt"))
    side = recognizer(MODEL).crop_px
    convert(network, (3, side, side), folder / f"{MODEL}.xml")
    Manifest({MODEL: file_entry(folder, f"{MODEL}.xml", f"{MODEL}.bin")}, {}).save(folder)
    settings = Settings.load({}, threads=threads, models_dir=folder)
    half = replace(settings, embed_precision="bf16")
    return Embedder.load(settings, MODEL), Embedder.load(half, MODEL), network
