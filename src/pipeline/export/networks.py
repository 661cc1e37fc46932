"""The torch modules that are exported, and facenet-pytorch's weights for them."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import torch
from facenet_pytorch import InceptionResnetV1
from facenet_pytorch.models.mtcnn import ONet, RNet

from src.pipeline.errors import ModelError, StorageUnavailable
from src.pipeline.export.screen import exact

PRETRAINED = {"facenet-vggface2": "vggface2", "facenet-casia-webface": "casia-webface"}
CLASSES = {"facenet-vggface2": 8631, "facenet-casia-webface": 10575}


def mtcnn() -> dict[str, torch.nn.Module]:
    """P-, R- and O-Net with the weights of facenet-pytorch's wheel; P-Net on blocks of pixels."""
    return {"pnet": exact(), "rnet": RNet().eval(), "onet": ONet().eval()}


def resnet(model: str, checkpoint: Path | None = None) -> torch.nn.Module:
    """InceptionResnetV1 for 160 px crops, without its logits.

    checkpoint: a file in the format of facenet-pytorch's release; None fetches that release (or takes torch's cache).
    Raises ModelError when the checkpoint does not fit, StorageUnavailable when it cannot be fetched.
    """
    if checkpoint is None:
        try:
            fetched: torch.nn.Module = InceptionResnetV1(pretrained=PRETRAINED[model])
        except (URLError, OSError) as error:
            raise StorageUnavailable(f"The weights of {model} cannot be fetched: {error}") from error
        return fetched.eval()
    network: torch.nn.Module = InceptionResnetV1(num_classes=CLASSES[model], classify=False)
    network.logits = torch.nn.Linear(512, CLASSES[model])  # the release's checkpoints carry it
    try:
        network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises many kinds for files that are no checkpoint
        raise ModelError(f"{checkpoint} is not a checkpoint of {model}: {error}") from error
    return network.eval()
