"""Boxes and names on a picture, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from src.pipeline.contracts import UNKNOWN_NAME, FaceResult

KNOWN, UNKNOWN, INK = (46, 204, 113), (255, 179, 64), (16, 20, 24)
LONGEST_TEXT = 40
# DejaVu writes most alphabets; Pillow's own font, which is always there, only Latin.
FONTS = ("DejaVuSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf")


@dataclass(frozen=True)
class Label:
    """A box x1 y1 x2 y2 px, what it holds, and its colour (r, g, b)."""

    box: tuple[float, float, float, float]
    text: str
    colour: tuple[int, int, int]


def face_labels(faces: Iterable[FaceResult]) -> list[Label]:
    """Each face with its name; the unknown ones in another colour."""
    return [Label(face.box, face.name, UNKNOWN if face.name == UNKNOWN_NAME else KNOWN) for face in faces]


def drawn(picture: Image.Image, labels: Sequence[Label]) -> Image.Image:
    """A copy of an RGB picture with the boxes and, above or inside each, its text. What lies outside is cut off."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    short = min(copy.size)
    line = max(2, round(short / 160))
    font = _font(max(11, min(64, round(short / 24))))
    boxes = [_within(label.box, copy.size) for label in labels]
    for label, box in zip(labels, boxes, strict=True):
        draw.rectangle(box, outline=label.colour, width=line)
    for label, box in zip(labels, boxes, strict=True):  # after the boxes: no line runs through a name
        _write(draw, label, box, line, font, copy.size)
    return copy


def one_line(text: str, longest: int = LONGEST_TEXT) -> str:
    """Any text as at most so many characters that can be shown on one line."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _write(
    draw: ImageDraw.ImageDraw,
    label: Label,
    box: tuple[int, int, int, int],
    line: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    size: tuple[int, int],
) -> None:
    text, pad = one_line(label.text), 2 * line
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height = int(right - left) + 2 * pad, int(bottom - top) + 2 * pad
    x = max(0, min(box[0], size[0] - width))
    y = box[1] - height if box[1] >= height else box[1]
    draw.rectangle((x, y, x + width - 1, y + height - 1), fill=label.colour)
    draw.text((x + pad - left, y + pad - top), text, fill=INK, font=font)


def _within(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    x1, x2 = sorted(round(min(max(x, 0), size[0] - 1)) for x in (box[0], box[2]))
    y1, y2 = sorted(round(min(max(y, 0), size[1] - 1)) for y in (box[1], box[3]))
    return x1, y1, x2, y2


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
