"""What face-detection does with a frame, with everything it needs loaded once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from aws_lambda_powertools import Logger

from src.pipeline.answers import Answers
from src.pipeline.batches import Batch, Record, UnderWay
from src.pipeline.contracts import MAX_MESSAGE_BYTES, Request, Response, Status, Timings, crops_key, dumps
from src.pipeline.crop_codec import pack, to_text
from src.pipeline.detector import Detector
from src.pipeline.errors import FacelaneError, InvalidFrame, NotAPicture, NotFound
from src.pipeline.events import StoredFrame, frames_in_sqs_record
from src.pipeline.faces import FaceFinder, FoundFaces
from src.pipeline.frame_posts import FramePosts, Looked
from src.pipeline.manifest import resolve_recognizer
from src.pipeline.posted import PostedFrame
from src.pipeline.settings import Settings
from src.pipeline.side_work import failed, one_ahead, side_pool
from src.pipeline.stores import Claims, Connection, ObjectStore, Queue, ResultTable
from src.pipeline.wake import wake


class DetectionService:
    """Finds the faces of stored frames. Load it once per process."""

    def __init__(self, settings: Settings, finder: FaceFinder, model: str, connection: Connection, logger: Logger):
        self._settings = settings
        self._finder = finder
        self._model = model
        self._logger = logger
        self._cold = True
        self._objects = ObjectStore(connection, settings.need("bucket"))
        self._pool = side_pool()
        self._requests = Queue(connection, settings.need("req_queue_url"))
        table = ResultTable(connection, settings.need("table"))
        self._answers = Answers(
            table, Queue(connection, settings.need("resp_queue_url")), keep_days=settings.record_days
        )  # fmt: skip
        self._posts = FramePosts(
            Claims(connection, table.table),
            table,
            logger,
            max_bytes=settings.max_frame_bytes,
            keep_days=settings.record_days,
            look=self._look,
        )
        self._batch = Batch(
            Queue(connection, settings.need("frame_queue_url")),
            logger,
            max_receive_count=settings.max_receive_count,
            begin=self._begin,
            give_up=self._give_up,
        )

    @classmethod
    def load(cls, logger: Logger) -> DetectionService:
        """Networks and clients, side by side: the one waits for the processor, the other mostly for the disk."""
        settings = Settings.load()
        model = resolve_recognizer(settings)
        with ThreadPoolExecutor(2) as pool:
            detector = pool.submit(Detector.load, settings)
            connection = Connection(settings)
            pool.submit(wake, Queue(connection, settings.need("req_queue_url")), logger)
            for service in ("s3", "dynamodb"):
                connection.client(service)
            finder = FaceFinder(settings, detector.result(), model)
        return cls(settings, finder, model, connection, logger)

    def batch(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Process SQS records that carry S3 events."""
        return self._batch.process(event)

    def url_call(self, event: Mapping[str, Any], left_s: float) -> dict[str, Any]:
        """Answer a call of the function URL. left_s: seconds that the function may still take."""
        return self._posts.answer(event, left_s)

    def process(self, frame: StoredFrame) -> None:
        """One frame to a request, or to its answer. Raises FacelaneError when it must be tried again."""
        self._look_at(frame, self._pool.submit(self._fetch, frame)).result()

    def _begin(self, records: Sequence[Record]) -> UnderWay:
        """Look at the frames one after another; meanwhile the next is fetched, and what was found is handed on."""
        under_way: dict[str, list[Future[Any]]] = {record["messageId"]: [] for record in records}
        frames: list[tuple[str, StoredFrame]] = []
        for record in records:
            try:
                frames += [(record["messageId"], frame) for frame in frames_in_sqs_record(record)]
            except FacelaneError as error:
                under_way[record["messageId"]].append(failed(error))
        for (message_id, frame), fetching in one_ahead(self._pool, lambda one: self._fetch(one[1]), frames):
            under_way[message_id].append(self._look_at(frame, fetching))
        return under_way

    def _fetch(self, frame: StoredFrame) -> bytes:
        return self._objects.get(frame.key, max_bytes=self._settings.max_frame_bytes)

    def _look_at(self, frame: StoredFrame, fetching: Future[bytes]) -> Future[Any]:
        """Look at a frame now; what is to become of it is under way then."""
        begin = time.time()
        timings: Timings = {
            "frame_queue_s": max(0.0, begin - frame.sent_at),
            "cold_detection": self._is_cold(),
        }
        try:
            data = fetching.result()
            timings["fetch_s"] = time.time() - begin  # what the frame waited for, not what passed beside the last one
            found = self._finder.find(data)
        except InvalidFrame as error:
            answer = self._answer(frame, Status.INVALID, timings, str(error))
            return self._pool.submit(self._answers.finish, answer)
        except NotFound:
            gone = self._answer(frame, Status.FAILED, timings, "The frame is no longer in the bucket.")
            return self._pool.submit(self._answers.finish, gone)
        except Exception as error:  # this frame fails alone, and is tried again
            return failed(error)
        return self._pool.submit(self._hand_on, frame, found, timings)

    def _look(self, frame: PostedFrame) -> Looked:
        timings: Timings = {"cold_detection": self._is_cold()}
        try:
            found = self._finder.find(frame.data)
        except NotAPicture:
            raise
        except InvalidFrame as error:
            answer = self._answer(frame, Status.INVALID, timings, str(error))
            return Looked(0, lambda: self._answers.finish(answer))
        return Looked(len(found.faces), lambda: self._hand_on(frame, found, timings))

    def _hand_on(self, frame: StoredFrame | PostedFrame, found: FoundFaces, timings: Timings) -> None:
        timings = timings | found.timings
        if found.faces:
            self._send(_request(frame, found, timings), pack(found.crops))
        else:
            self._answers.finish(self._answer(frame, Status.NO_FACE, timings))

    def _send(self, request: Request, packed: bytes) -> None:
        message = replace(request, crops=to_text(packed)).to_json()
        if len(dumps(message)) > MAX_MESSAGE_BYTES:
            key = crops_key(request.run_id, request.request_id)
            self._objects.put(key, packed)
            message = replace(request, crops_key=key, bucket=self._objects.bucket).to_json()
        self._requests.send(message)

    def _give_up(self, record: Record, reason: str) -> None:
        for frame in frames_in_sqs_record(record):
            self._answers.finish(self._answer(frame, Status.FAILED, {}, f"Detection failed: {reason}"))

    def _answer(
        self, frame: StoredFrame | PostedFrame, status: Status, timings: Timings, error: str | None = None
    ) -> Response:
        return Response(
            frame.request_id, frame.run_id, frame.filename, status, model=self._model, timings=timings, error=error
        )

    def _is_cold(self) -> bool:
        cold, self._cold = self._cold, False
        return cold


def _request(frame: StoredFrame | PostedFrame, found: FoundFaces, timings: Timings) -> Request:
    return Request(
        request_id=frame.request_id,
        run_id=frame.run_id,
        filename=frame.filename,
        image_size=found.image_size,
        faces=found.faces,
        bucket=frame.bucket if isinstance(frame, StoredFrame) else None,
        key=frame.key if isinstance(frame, StoredFrame) else None,
        timings=timings,
    )
