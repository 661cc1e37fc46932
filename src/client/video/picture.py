"""A decoded frame as an upright JPEG, and whether it shows anything new."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageChops

QUALITY = 95  # of the JPEGs: little more is lost than the video has lost already
GRID = (64, 36)  # blocks that are compared; each is a mean, so that a camera's noise does not count
CHANGED = 10  # of 255: one block that differs by more makes a frame new

_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def upright(frame: Any) -> Image.Image:
    """A PyAV frame as an RGB picture, turned as its display matrix says."""
    image: Image.Image = frame.to_image()
    turn = _TURNS.get(round(frame.rotation / 90) % 4 * 90)
    return image if turn is None else image.transpose(turn)


def jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


class ChangeDetector:
    """Compares each picture with the last one that was new."""

    def __init__(self) -> None:
        self._last: Image.Image | None = None

    def is_new(self, image: Image.Image) -> bool:
        small = image.convert("L").resize(GRID, Image.Resampling.BOX)
        if self._last is not None:
            _, most = ImageChops.difference(small, self._last).getextrema()
            if isinstance(most, int) and most <= CHANGED:
                return False
        self._last = small
        return True
