"""The same work in this process, without any cloud: for comparison, and where there is no deployment to have."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from src.client.ledger import Frame
from src.client.outputs import write_all
from src.client.progress import shown
from src.client.report_table import recognizer_line
from src.client.run import Frames, Run, facts_of, progress_of
from src.pipeline.contracts import Response, Status, Timings
from src.pipeline.detector import Detector
from src.pipeline.embedder import Embedder
from src.pipeline.enrollment import enroll_folder
from src.pipeline.errors import InvalidFrame
from src.pipeline.faces import FaceFinder, FaceNamer, status_of
from src.pipeline.gallery import Gallery
from src.pipeline.manifest import resolve_recognizer
from src.pipeline.settings import Settings


def run_local(run: Run, settings: Settings, gallery_folder: Path, frames: Frames | None = None) -> dict[str, Any]:
    """Detect and name every frame here; the summary. gallery_folder holds ``<name>/*.jpg``; frames as in run_cloud."""
    model = resolve_recognizer(settings)
    print(recognizer_line(settings.recognizer, model), file=sys.stderr)
    finder = FaceFinder(settings, Detector.load(settings), model)
    embedder = Embedder.load(settings, model)
    namer = FaceNamer(embedder, settings.match_threshold, settings.match_margin)
    gallery = enroll_folder(gallery_folder, finder, embedder).gallery
    begun = time.perf_counter()
    progress = progress_of(run, uploads=False)
    try:
        with shown(progress):
            for frame in run.ledger.to_upload() if frames is None else frames:
                if frame is None:
                    continue
                response = _answer(run, frame, finder, namer, gallery, model, settings)
                run.ledger.answered(response)
                progress.answer(response.timings["end_to_end_s"])
                run.on_answer(response)
    finally:
        facts = facts_of(run, begun, "local", model)
        summary = write_all(run.ledger, run.out, kind="local", facts=facts)
    return summary


def _answer(
    run: Run, frame: Frame, finder: FaceFinder, namer: FaceNamer, gallery: Gallery, model: str, settings: Settings
) -> Response:
    begin = time.perf_counter()
    timings: Timings = {}

    def answer(status: Status, **fields: Any) -> Response:
        timings["end_to_end_s"] = time.perf_counter() - begin
        name = frame.filename.encode("utf-8", "replace").decode()
        return Response(frame.request_id, run.run_id, name, status, model=model, timings=timings, **fields)

    path = run.folder / frame.filename
    try:
        size = path.stat().st_size
        if size > settings.max_frame_bytes:
            raise InvalidFrame(f"The file has {size} bytes; the limit is {settings.max_frame_bytes}.")
        data = path.read_bytes()
        timings["fetch_s"] = time.perf_counter() - begin
        found = finder.find(data)
    except OSError as error:
        return answer(Status.FAILED, error=f"The file cannot be read: {error.strerror or error}.")
    except InvalidFrame as error:
        return answer(Status.INVALID, error=str(error))
    timings |= found.timings
    if not found.faces:
        return answer(Status.NO_FACE)
    (faces,), shared = namer.name([(found.faces, found.crops)], gallery)
    timings |= shared
    return answer(status_of(faces), faces=faces)
