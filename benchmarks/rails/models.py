"""One checkpoint as the exported networks of ours, and as the gallery of the naive projects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from facenet_pytorch import MTCNN, InceptionResnetV1
from PIL import Image

from src.pipeline.export.everything import export_all
from src.pipeline.settings import Settings
from tests.random_weights import MODEL


def write_models(folder: Path, checkpoint: Path) -> Path:
    """The exported networks, with that checkpoint as their recognizer."""
    export_all(Settings.load({}, models_dir=folder), {MODEL: checkpoint}, say=lambda _: None)
    return folder


def write_naive_gallery(path: Path, checkpoint: Path, photos: Sequence[tuple[str, Path]]) -> Path:
    """Embeddings and names as the naive projects keep them: a pickle of torch."""
    network = InceptionResnetV1(num_classes=8631, classify=False)
    network.logits = torch.nn.Linear(512, 8631)
    network.load_state_dict(torch.load(checkpoint))
    network.eval()
    mtcnn = MTCNN(image_size=160, margin=0)
    with torch.no_grad():
        embeddings = [network(mtcnn(Image.open(photo).convert("RGB"))[None])[0] for _, photo in photos]
    torch.save((embeddings, [name for name, _ in photos]), path)
    return path
