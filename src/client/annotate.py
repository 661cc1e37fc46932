"""``--annotate``: the frames of a run as JPEGs with boxes and names."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path

from PIL import Image

from src.client.ahead import in_order
from src.client.ledger import Frame, Ledger, response_in
from src.client.originals import inside, picture_of
from src.pipeline.drawing import drawn, face_labels
from src.pipeline.errors import OutputError, UsageError
from src.pipeline.settings import Settings

QUALITY = 88


def annotate(ledger: Ledger, folder: Path, target: Path, settings: Settings) -> tuple[int, int]:
    """Write every frame that can be read to ``target``; how many were written, and how many could not be read.

    A frame keeps its path below the folder; what is not called .jpg gets that ending on top of its own. Files of
    earlier runs under other names stay. Raises OutputError when ``target`` cannot be written to, and
    UsageError when it is where the frames are.
    """
    if target.resolve() == folder.resolve():
        raise UsageError(
            f"{target} holds the frames themselves: annotated ones would replace them. Give another --out."
        )

    def one(frame: Frame) -> bool:
        found = picture_of(folder, frame.filename, settings)
        path = annotated_path(target, frame.filename)
        if found is None or path is None:
            return False
        faces = response_in(frame).faces if frame.answer is not None else ()
        _save(drawn(found[0], face_labels(faces)), path)
        return True

    done = list(in_order(one, ledger.frames()))
    return sum(done), len(done) - sum(done)


def annotated_path(target: Path, filename: str) -> Path | None:
    """Where a frame goes; None for a name that leads out of ``target``."""
    path = inside(target, filename)
    return path.with_name(path.name + ".jpg") if path and path.suffix.lower() not in (".jpg", ".jpeg") else path


def _save(picture: Image.Image, path: Path) -> None:
    draft = path.with_name(f".{uuid.uuid4().hex}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(draft, "JPEG", quality=QUALITY)
        draft.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            draft.unlink()
