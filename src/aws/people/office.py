"""What everything about people works with: one deployment's stores, and the networks once they are needed."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from src.aws.people.rolls import Rolls
from src.pipeline.contracts import GALLERY, Face
from src.pipeline.crop_codec import Crops
from src.pipeline.detector import Detector
from src.pipeline.embedder import Embedder
from src.pipeline.faces import FaceFinder
from src.pipeline.manifest import resolve_recognizer
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, ObjectStore, PeopleTable, ResultTable
from src.pipeline.stores.strangers import StrangerTable

THUMBS = f"{GALLERY}thumbs/"


@dataclass(frozen=True)
class SeenFace:
    """A face, its (S, S, 3) uint8 RGB crop and its (D,) float32 embedding."""

    face: Face
    crop: Crops
    embedding: NDArray[np.float32]


class Office:
    """The people of one deployment. settings: of the deployment (``Deployment.settings``)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.model = resolve_recognizer(settings)
        self.connection = Connection(settings)
        self.objects = ObjectStore(self.connection, settings.need("bucket"))
        self.table = ResultTable(self.connection, settings.need("table"))
        self.people = PeopleTable(self.connection, settings.need("table"))
        self.strangers = StrangerTable(self.connection, settings.need("table"), self.model)
        self.rolls = Rolls(self.objects, self.model)

    @cached_property
    def finder(self) -> FaceFinder:
        return FaceFinder(self.settings, Detector.load(self.settings), self.model)

    @cached_property
    def embedder(self) -> Embedder:
        return Embedder.load(self.settings, self.model)

    def look(self, picture: bytes) -> list[SeenFace]:
        """The faces of an encoded picture, the largest first. Raises InvalidFrame when it cannot be decoded."""
        found = self.finder.find(picture)
        embeddings = self.embedder.embed(found.crops)
        return [SeenFace(*parts) for parts in zip(found.faces, found.crops, embeddings, strict=True)]

    def keep_thumbnail(self, entry_id: str, crop: Crops) -> None:
        file = io.BytesIO()
        Image.fromarray(crop).save(file, "JPEG", quality=85)
        self.objects.put(thumbnail_key(entry_id), file.getvalue())


def thumbnail_key(entry_id: str) -> str:
    return f"{THUMBS}{entry_id}.jpg"


def id_of(data: bytes) -> str:
    """SHA-256, as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()
