"""InceptionResnetV1 with seeded random weights: the work of the real ones, where those cannot be downloaded."""

from __future__ import annotations

from pathlib import Path

import torch
from facenet_pytorch import InceptionResnetV1

from src.pipeline.export.networks import CLASSES

MODEL = "facenet-vggface2"


def random_checkpoint(path: Path) -> Path:
    """Write a checkpoint in the format of facenet-pytorch's release: with the logits' layer."""
    torch.manual_seed(7)
    network = InceptionResnetV1(num_classes=CLASSES[MODEL], classify=True)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    torch.save(network.state_dict(), path)
    return path
