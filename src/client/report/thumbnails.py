"""Small JPEGs of a run's frames, in a size that keeps the page sane."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from src.client.ahead import in_order
from src.client.originals import picture_of
from src.client.report.source import Shot, ShownRun
from src.pipeline.settings import Settings

# Up to so many frames: so many px on the longer side. Each step keeps a page of photos below some 25 MB.
SIDES = ((150, 640), (400, 480), (900, 320), (2000, 240))
SMALLEST = 160
QUALITY = 68
MOST_BYTES = 48_000_000  # of all pictures together; later frames of a longer run get placeholders


@dataclass(frozen=True)
class Thumbnail:
    """jpeg: base64; size: (width, height) px of the whole frame."""

    jpeg: str
    size: tuple[int, int]


@dataclass(frozen=True)
class Thumbnails:
    """One for each frame of a run, None for a placeholder. side: px of the longer side."""

    pictures: tuple[Thumbnail | None, ...]
    side: int
    full: bool

    @classmethod
    def of(cls, run: ShownRun, settings: Settings) -> Thumbnails:
        """Made from the frames as they lie on disk; what is not there or not readable is None."""
        side = side_for(len(run.shots))
        if run.frames is None or not run.frames.is_dir():
            return cls((None,) * len(run.shots), side, full=False)
        pictures: list[Thumbnail | None] = []
        left = MOST_BYTES
        with tqdm(total=len(run.shots), desc="pictures", unit="frame", disable=None) as bar:
            for picture in _made(run.shots, run.frames, side, settings):
                left -= len(picture.jpeg) if picture is not None else 0
                if left < 0:
                    break
                pictures.append(picture)
                bar.update()
        missing = len(run.shots) - len(pictures)
        return cls((*pictures, *[None] * missing), side, full=missing > 0)

    @property
    def count(self) -> int:
        return sum(picture is not None for picture in self.pictures)

    def troubles(self, run: ShownRun) -> Iterator[str]:
        """Why there are placeholders, where that is worth a line."""
        if self.full:
            yield f"After {MOST_BYTES // 1_000_000} MB of pictures the other frames are shown as placeholders."
        elif self.count == 0 and run.shots:
            where = f" in {run.frames}" if run.frames else ""
            yield f"The frames are not there{where}: shown as placeholders. --input FOLDER says where they are."


def side_for(frames: int) -> int:
    """px of the longer side of a thumbnail."""
    return next((side for most, side in SIDES if frames <= most), SMALLEST)


def _made(shots: tuple[Shot, ...], folder: Path, side: int, settings: Settings) -> Iterator[Thumbnail | None]:
    def one(shot: Shot) -> Thumbnail | None:
        found = picture_of(folder, shot.filename, settings, at_least=side)
        return None if found is None else Thumbnail(_jpeg(found[0], side), found[1])

    return in_order(one, shots)


def _jpeg(picture: Image.Image, side: int) -> str:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.BICUBIC)
    small.info.clear()  # no comment or place of the original travels in a page that is passed on
    out = BytesIO()
    small.save(out, "JPEG", quality=QUALITY, optimize=True)
    return b64encode(out.getvalue()).decode("ascii")
