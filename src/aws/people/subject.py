"""Who or what is to be forgotten, and how it is known again in records, keys and messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from src.pipeline.contracts import Request, Response, loads
from src.pipeline.crop_codec import Crops, from_text, unpack
from src.pipeline.dead_letters import to_try_again
from src.pipeline.errors import FacelaneError
from src.pipeline.events import StoredFrame, frames_in_s3_event
from src.pipeline.gallery import Gallery
from src.pipeline.models import recognizer
from src.pipeline.stores.items import Item

Kind = Literal["person", "run", "stranger"]


@dataclass(frozen=True)
class Subject:
    """faces: a gallery of nobody but this person or stranger, to know them in frames that nobody has named yet.

    strangers: the numbers under which they are remembered without a name.
    """

    kind: Kind
    value: str
    faces: Gallery | None = None
    threshold: float | None = None
    strangers: frozenset[int] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """What they are called in records."""
        return frozenset({self.value, *(f"stranger-{number}" for number in self.strangers)})

    def is_in(self, item: Item) -> bool:
        """Whether a record, or a message's content, is of this subject."""
        return item.get("run_id") == self.value if self.kind == "run" else bool(self.names & _names_in(item))

    def is_among(self, embeddings: NDArray[np.float32]) -> bool:
        """Whether one of (N, D) float32 embeddings is of this person or stranger."""
        if self.faces is None or not len(self.faces):
            return False
        return any(match.name is not None for match in self.faces.match(embeddings, self.threshold))


def _names_in(item: Item) -> set[Any]:
    faces = [face for face in item.get("faces") or [] if isinstance(face, dict)]
    history = [entry for entry in item.get("corrections") or [] if isinstance(entry, dict)]
    return {
        item.get("person"), item.get("result"), *(f.get("name") for f in faces), *(f.get("stranger") for f in faces),
        *(c.get("from") for c in history), *(c.get("to") for c in history),
    }  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What a queued message is about: content as JSON, the frames it names, and its face crops where it has them.

    elsewhere: the request whose crops lie in the bucket.
    """

    content: Item
    ids: frozenset[str]
    crops: Crops | None = None
    elsewhere: Request | None = None


def told_by(body: str, model: str) -> Told:
    """Read a message of any of the queues; one that is none of ours tells nothing."""
    try:
        content = loads(to_try_again(body))
    except FacelaneError:
        return Told({}, frozenset())
    if not isinstance(content, dict):
        return Told({}, frozenset())
    for read in (_request, _response, _event):
        try:
            return read(content, model)
        except FacelaneError:
            continue
    return Told({}, frozenset())


def _request(content: Item, model: str) -> Told:
    request = Request.from_json(content)
    ids = frozenset({request.request_id})
    if request.crops is None:
        return Told(content, ids, elsewhere=request)
    crops = unpack(from_text(request.crops), side=recognizer(model).crop_px, faces=len(request.faces))
    return Told(content, ids, crops)


def _response(content: Item, model: str) -> Told:
    return Told(content, frozenset({Response.from_json(content).request_id}))


def _event(content: Item, model: str) -> Told:
    frames = list(_frames(content))
    runs = {frame.run_id for frame in frames}
    # An event of S3's has one frame.
    return Told({"run_id": runs.pop() if len(runs) == 1 else None}, frozenset(frame.request_id for frame in frames))


def _frames(content: Item) -> Iterator[StoredFrame]:
    yield from frames_in_s3_event(content, sent_at=0.0)
