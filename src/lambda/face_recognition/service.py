"""What face-recognition does with a batch of requests, with everything it needs loaded once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from aws_lambda_powertools import Logger
from numpy.typing import NDArray

from src.pipeline.answers import Answers
from src.pipeline.attributes import ServingAttributes, bounded
from src.pipeline.batches import Batch, Record, UnderWay
from src.pipeline.contracts import FaceResult, Request, Response, Status, Timings, is_wake, loads
from src.pipeline.crop_codec import Crops, from_text, unpack
from src.pipeline.dead_letters import frames_of
from src.pipeline.embedder import Embedder
from src.pipeline.errors import FacelaneError
from src.pipeline.events import sent_at
from src.pipeline.faces import FaceNamer, status_of
from src.pipeline.gallery import Gallery
from src.pipeline.manifest import resolve_recognizer
from src.pipeline.models import recognizer
from src.pipeline.serving_gallery import ServingGallery
from src.pipeline.settings import Settings
from src.pipeline.side_work import failed, side_pool
from src.pipeline.stores import Connection, ObjectStore, PeopleTable, Queue, ResultTable
from src.pipeline.stores.strangers import StrangerTable
from src.pipeline.strangers import Strangers


class RecognitionService:
    """Names the faces of requests. Load it once per process."""

    def __init__(
        self, settings: Settings, namer: FaceNamer, model: str, connection: Connection, logger: Logger
    ) -> None:
        self._settings = settings
        self._namer = namer
        self._model = recognizer(model)
        self._cold = True
        self._objects = ObjectStore(connection, settings.need("bucket"))
        self._gallery = ServingGallery(self._objects, model, logger, check_s=settings.gallery_check_s)
        self._strangers = _strangers(settings, model, connection)
        people = PeopleTable(connection, settings.need("table"))
        self._attributes = ServingAttributes(people, check_s=settings.gallery_check_s)
        self._answers = Answers(
            ResultTable(connection, settings.need("table")),
            Queue(connection, settings.need("resp_queue_url")),
            keep_days=settings.record_days,
        )
        self._pool = side_pool()
        self._batch = Batch(
            Queue(connection, settings.need("req_queue_url")),
            logger,
            max_receive_count=settings.max_receive_count,
            begin=self._begin,
            give_up=self._give_up,
        )

    @classmethod
    def load(cls, logger: Logger) -> RecognitionService:
        """Network and clients, side by side: the one waits for the processor, the other mostly for the disk."""
        settings = Settings.load()
        model = resolve_recognizer(settings)
        with ThreadPoolExecutor(1) as pool:
            embedder = pool.submit(_loaded, settings, model)
            connection = Connection(settings)
            for service in ("s3", "sqs", "dynamodb"):
                connection.client(service)
            namer = FaceNamer(embedder.result(), settings.match_threshold, settings.match_margin)
        return cls(settings, namer, model, connection, logger)

    def batch(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Name the faces of all requests of a batch in one go, then answer each on its own."""
        return self._batch.process(event)

    def _begin(self, records: Sequence[Record]) -> UnderWay:
        requests = [record for record in records if not is_wake(str(record.get("body", "")))]
        under_way: dict[str, list[Future[Any]]] = {record["messageId"]: [] for record in records}
        return under_way | {
            message_id: [
                failed(prepared)
                if isinstance(prepared, Exception)
                else self._pool.submit(self._answers.finish, prepared)
            ]
            for message_id, prepared in self._prepare(requests).items()
        }

    def _prepare(self, records: Sequence[Record]) -> dict[str, Response | Exception]:
        outcome: dict[str, Response | Exception] = {}
        ready: list[tuple[str, Request, Crops, Timings]] = []
        cold, self._cold = self._cold, self._cold and not records  # a wake leaves it: the frame has waited, too
        for record in records:
            timings: Timings = {"cold_recognition": cold}
            try:
                timings["req_queue_s"] = max(0.0, time.time() - sent_at(record))
                request = Request.from_json(loads(str(record.get("body", ""))))
                ready.append((record["messageId"], request, self._crops(request), request.timings | timings))
            except FacelaneError as error:
                outcome[record["messageId"]] = error
        if not ready:
            return outcome
        try:
            gallery = self._gallery.current()

            def known_again(number: int, face: FaceResult, embedding: NDArray[np.float32]) -> FaceResult:
                return self._known_again(ready[number][1].request_id, face, embedding, gallery)

            results, shared = self._namer.name(
                [(request.faces, crops) for _, request, crops, _ in ready], gallery, known_again
            )
            results = [self._attributes.added(faces) for faces in results]
        except Exception as error:  # each of these records fails by itself, and is tried again
            return outcome | {message_id: error for message_id, *_ in ready}
        for (message_id, request, _, timings), faces in zip(ready, results, strict=True):
            outcome[message_id] = self._answer(request, faces, timings | shared)
        return outcome

    def _known_again(
        self, request_id: str, face: FaceResult, embedding: NDArray[np.float32], gallery: Gallery
    ) -> FaceResult:
        if self._strangers is None:
            return face
        limit = gallery.threshold if self._settings.match_threshold is None else self._settings.match_threshold
        seen = self._strangers.sighting(embedding, request_id, limit)
        return replace(face, stranger=seen.id, seen_before=seen.seen_before)

    def _crops(self, request: Request) -> Crops:
        inline = request.crops is not None
        data = from_text(str(request.crops)) if inline else self._objects.get(str(request.crops_key))
        return unpack(data, side=self._model.crop_px, faces=len(request.faces))

    def _answer(self, request: Request, faces: tuple[FaceResult, ...], timings: Timings) -> Response:
        faces, note = bounded(faces)
        return Response(
            request.request_id, request.run_id, request.filename, status_of(faces), faces, self._model.id, timings,
            note=note,
        )  # fmt: skip

    def _give_up(self, record: Record, reason: str) -> None:
        error = f"Recognition failed: {reason}"
        for frame in frames_of(str(record.get("body", ""))):
            self._answers.finish(
                Response(
                    frame.request_id, frame.run_id, frame.filename, Status.FAILED, model=self._model.id, error=error
                )
            )


def _loaded(settings: Settings, model: str) -> Embedder:
    """The network, run once: its first run lays out the weights, which takes as long as several faces."""
    embedder = Embedder.load(settings, model)
    side = recognizer(model).crop_px
    embedder.embed(np.zeros((1, side, side, 3), np.uint8))
    return embedder


def _strangers(settings: Settings, model: str, connection: Connection) -> Strangers | None:
    if not settings.strangers:
        return None
    table = StrangerTable(connection, settings.need("table"), model)
    return Strangers(table, model, keep_days=settings.stranger_days, check_s=settings.gallery_check_s)
