"""Films made of the sample photos, for the tests and the benchmarks."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageOps

from tests.conftest import SAMPLES

SIZE = (640, 480)

# What is seen, from when on, and until when (seconds), with the names in the frame.
STORY = (
    ("obama_speech.jpg", 0.0, 2.0, ["Barack Obama"]),
    ("collins_sideways_exif.jpg", 2.0, 4.0, ["Eileen Collins"]),
    ("no_face_rocket.jpg", 4.0, 5.0, []),
    ("stranger.jpg", 5.0, 6.0, ["unknown"]),
)


def photo(name: str, size: tuple[int, int] = SIZE) -> Image.Image:
    """A sample photo as it is seen, within a black frame of this size."""
    with Image.open(SAMPLES / name) as image:
        return ImageOps.pad(ImageOps.exif_transpose(image).convert("RGB"), size)


def story(rate: int = 20) -> Iterable[Image.Image]:
    """The pictures of STORY, at a rate of frames per second."""
    for name, begin, end, _ in STORY:
        yield from [photo(name)] * round((end - begin) * rate)


def write_film(
    path: Path,
    images: Iterable[Image.Image],
    *,
    rate: int = 25,
    times: Iterable[Fraction] | None = None,
    codec: str = "libx264",
    rotation: int = 0,
) -> Path:
    """A film in the format of the path's suffix. times: seconds at which the images are seen, if not regular.

    rotation: degrees that a player turns it counterclockwise. The pixels are written as they are.
    """
    with av.open(str(path), "w") as film:
        track = None
        for number, (image, at) in enumerate(zip(images, times or endless(rate), strict=False)):
            if track is None:
                track = film.add_stream(codec, rate=rate)
                track.width, track.height = image.size
                track.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
                track.codec_context.time_base = Fraction(1, 1000) if times else Fraction(1, rate)
                if codec == "libx264":
                    track.options = {"preset": "ultrafast", "g": str(rate)}
                if rotation:
                    track.set_display_rotation(rotation)
            frame = av.VideoFrame.from_image(image)
            frame.time_base = track.codec_context.time_base
            frame.pts = round(at / frame.time_base) if times else number
            film.mux(track.encode(frame))
        film.mux(track.encode(None))
    return path


def endless(rate: int) -> Iterable[Fraction]:
    number = 0
    while True:
        yield Fraction(number, rate)
        number += 1
