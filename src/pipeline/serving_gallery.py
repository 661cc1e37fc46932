"""The gallery a running function serves with: loaded at start, and again when the stored one changes."""

from __future__ import annotations

import time

from aws_lambda_powertools import Logger

from src.pipeline.contracts import GALLERY
from src.pipeline.errors import NotFound
from src.pipeline.gallery import Gallery
from src.pipeline.stores import ObjectStore


def gallery_key(model: str) -> str:
    """Where the gallery of a model lies in the bucket."""
    return f"{GALLERY}{model}.npz"


class ServingGallery:
    """Asks for the gallery's ETag at most every check_s seconds, and loads the gallery when it is another."""

    def __init__(self, objects: ObjectStore, model: str, logger: Logger, *, check_s: float) -> None:
        self._objects = objects
        self._model = model
        self._logger = logger
        self._check_s = check_s
        self._etag: str | None = None
        self._gallery = Gallery.empty(model)
        self._checked = float("-inf")

    def current(self) -> Gallery:
        """The gallery as of at most check_s seconds ago. Raises GalleryError when the stored one cannot be used."""
        if time.monotonic() - self._checked >= self._check_s:
            self._refresh()
            self._checked = time.monotonic()
        return self._gallery

    def _refresh(self) -> None:
        key = gallery_key(self._model)
        try:
            changed = self._objects.get_if_changed(key, self._etag)
        except NotFound:
            if self._etag is not None or self._checked == float("-inf"):
                self._logger.warning("nobody is enrolled: every face is unknown", extra={"gallery": key})
            self._etag, self._gallery = None, Gallery.empty(self._model)
            return
        if changed is None:
            return
        data, etag = changed
        self._gallery = Gallery.from_bytes(data, model=self._model, source=f"s3://{self._objects.bucket}/{key}")
        self._etag = etag
        people = len(self._gallery.people)
        self._logger.info("gallery loaded", extra={"people": people, "embeddings": len(self._gallery)})
        calibration = self._gallery.calibration
        if calibration and (warning := calibration.outgrown(people)):
            self._logger.warning(warning)
