"""Unknown faces that a running function knows again, under an anonymous id and for a limited time."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import StorageUnavailable
from src.pipeline.gallery import Gallery
from src.pipeline.stores.strangers import Head, Stranger, StrangerTable

TRIES = 20
REFRESH_S = 60  # a stranger that is seen all the time is not written back more often


@dataclass(frozen=True)
class Sighting:
    """id: ``stranger-12``. seen_before: in another frame."""

    id: str
    seen_before: bool


class Strangers:
    """Looks for what other functions have added or removed at most every check_s seconds; adds with a lock."""

    def __init__(self, table: StrangerTable, model: str, *, keep_days: int, check_s: float) -> None:
        self._table = table
        self._model = model
        self._keep_days = keep_days
        self._check_s = check_s
        self._checked = float("-inf")
        self._head = Head()
        self._known: dict[int, Stranger] = {}
        self._faces: Gallery | None = None

    def sighting(self, embedding: NDArray[np.float32], request_id: str, threshold: float) -> Sighting:
        """Who this (D,) float32 embedding of an unknown face is, a new stranger where nobody is near enough.

        The same frame delivered twice has the same answer. Raises StorageUnavailable.
        """
        if time.monotonic() - self._checked >= self._check_s:
            self._refresh()
        for _ in range(TRIES):
            found = self._nearest(embedding, threshold)
            if found is None:
                added = self._table.add(self._head, embedding, request_id, keep_days=self._keep_days)
                if added is not None:
                    self._head = Head(added.number, self._head.removed)
                    self._keep(added)
                    return Sighting(added.id, False)
            elif self._is_still_there(found):
                return Sighting(found.id, found.first_request != request_id)
            self._refresh()
        raise StorageUnavailable("Too many functions give out numbers to strangers at the same time.")

    def _nearest(self, embedding: NDArray[np.float32], threshold: float) -> Stranger | None:
        now = time.time()
        if self._faces is None:
            self._known = {number: s for number, s in self._known.items() if s.expires_at > now}
            self._faces = gallery_of(self._model, list(self._known.values()))
        (match,) = self._faces.match(embedding[None], threshold, 0.0)
        if match.name is None:
            return None
        found = self._known[int(match.name)]
        if found.expires_at <= now:
            self._drop(found)
            return self._nearest(embedding, threshold)
        return found

    def _is_still_there(self, stranger: Stranger) -> bool:
        if time.time() - stranger.last_seen < REFRESH_S:
            return True
        later = self._table.seen_again(stranger, keep_days=self._keep_days)
        if later is None:
            self._drop(stranger)
            return False
        self._known[later.number] = later
        return True

    def _refresh(self) -> None:
        head = self._table.head()
        if head.removed != self._head.removed:
            self._known, self._faces = {}, None
        for stranger in self._table.after(max(self._known, default=0)) if head != self._head else ():
            self._keep(stranger)
        self._head, self._checked = head, time.monotonic()

    def _keep(self, stranger: Stranger) -> None:
        self._known[stranger.number] = stranger
        self._faces = None

    def _drop(self, stranger: Stranger) -> None:
        self._known.pop(stranger.number, None)
        self._faces = None


def gallery_of(model: str, strangers: list[Stranger]) -> Gallery:
    """Strangers as people, called by their numbers."""
    if not strangers:
        return Gallery.empty(model)
    names = tuple(str(stranger.number) for stranger in strangers)
    faces = np.stack([stranger.embedding for stranger in strangers])
    return Gallery(model, names, np.arange(len(names), dtype=np.int32), faces)
