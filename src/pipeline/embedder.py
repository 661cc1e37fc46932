"""Crops to embeddings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.pipeline.crop_codec import Crops
from src.pipeline.manifest import Manifest
from src.pipeline.models import Recognizer, recognizer
from src.pipeline.runtime import DlibSession, OpenVinoSession, threads_of
from src.pipeline.settings import Settings

BATCH = 8  # larger ones are no faster and each face of one takes some MB


@dataclass(frozen=True)
class Embedder:
    """One recognizer, loaded. Use one per thread."""

    model: Recognizer
    session: OpenVinoSession | DlibSession

    @classmethod
    def load(cls, settings: Settings, model: str) -> Embedder:
        """Load a recognizer. Raises ModelError when its file is missing or not the one that was exported."""
        spec = recognizer(model)
        if model == "dlib":
            return cls(spec, DlibSession())
        path = Manifest.load(settings.models_dir).verified(settings.models_dir, model)
        return cls(spec, OpenVinoSession(path, threads_of(settings.threads), precision=settings.embed_precision))

    def embed(self, crops: Crops) -> NDArray[np.float32]:
        """(N, D) float32 embeddings of (N, S, S, 3) uint8 RGB crops; facenet's have length 1."""
        if not len(crops):
            return np.zeros((0, self.model.dim), np.float32)
        if isinstance(self.session, DlibSession):
            return self.session.embed(crops)
        # A bounded batch bounds the memory, whatever a frame holds.
        parts = [
            self.session.run(_standardised(crops[at : at + BATCH]))[0].copy() for at in range(0, len(crops), BATCH)
        ]
        return np.concatenate(parts)


def _standardised(crops: Crops) -> NDArray[np.float32]:
    """(N, 3, S, S) float32, as facenet-pytorch's fixed_image_standardization."""
    count, side, _, _ = crops.shape
    pixels = np.empty((count, 3, side, side), np.float32)
    pixels[...] = crops.transpose(0, 3, 1, 2)
    pixels -= np.float32(127.5)
    pixels *= np.float32(1 / 128)
    return pixels
