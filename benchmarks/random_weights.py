"""InceptionResnetV1 with seeded random weights, exported and in torch, where the real ones cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from facenet_pytorch import InceptionResnetV1

from src.pipeline.embedder import Embedder
from src.pipeline.export.convert import convert
from src.pipeline.export.networks import CLASSES, resnet
from src.pipeline.manifest import Manifest, file_entry
from src.pipeline.models import recognizer
from src.pipeline.settings import Settings

MODEL = "facenet-vggface2"


def random_checkpoint(path: Path, seed: int = 7) -> Path:
    """Write a checkpoint in the format of facenet-pytorch's release."""
    torch.manual_seed(seed)
    network = InceptionResnetV1(num_classes=CLASSES[MODEL], classify=True)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    torch.save(network.state_dict(), path)
    return path


def embedders(folder: Path, threads: int) -> tuple[Embedder, Embedder, Any]:
    """Ours in fp32, ours in bf16, and torch's, all of the same weights."""
    network = resnet(MODEL, random_checkpoint(folder / "random.pt"))
    side = recognizer(MODEL).crop_px
    convert(network, (-1, 3, side, side), (2, 3, side, side), folder / f"{MODEL}.xml")
    Manifest({MODEL: file_entry(folder, f"{MODEL}.xml", f"{MODEL}.bin")}, {}).save(folder)
    settings = Settings.load({}, threads=threads, models_dir=folder)
    half = replace(settings, embed_precision="bf16")
    return Embedder.load(settings, MODEL), Embedder.load(half, MODEL), network
