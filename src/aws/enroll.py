"""Enrolls a folder of people into a deployment's gallery."""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from src.pipeline.detector import Detector
from src.pipeline.embedder import Embedder
from src.pipeline.enrollment import Enrollment, enroll_folder, photos_in
from src.pipeline.faces import FaceFinder
from src.pipeline.manifest import resolve_recognizer
from src.pipeline.serving_gallery import gallery_key
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, ObjectStore


def enroll(settings: Settings, folder: Path) -> Enrollment:
    """Enroll ``<folder>/<person>/*`` and put the gallery where the functions look for it."""
    model = resolve_recognizer(settings)
    total = sum(1 for _ in photos_in(folder))
    finder = FaceFinder(settings, Detector.load(settings), model)
    embedder = Embedder.load(settings, model)
    with tqdm(total=total, desc="enrolled", unit="photo", disable=None) as bar:
        made = enroll_folder(folder, finder, embedder, on_photo=lambda _: bar.update())
    ObjectStore(Connection(settings), settings.need("bucket")).put(gallery_key(model), made.gallery.to_bytes())
    return made
