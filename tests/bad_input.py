"""Every input that goes wrong for somebody, made on the spot, with the answer that it must get.

``write_bad_inputs(folder)`` writes the files, the same ones each time, and says for each frame what is expected;
the files named in SKIPPED are no frames: the client passes them by and counts them.
"""

from __future__ import annotations

import os
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import TypedDict

import numpy as np
from PIL import Image

from src.pipeline.settings import Settings

FRAMES = Path(__file__).parents[1] / "input_folder"
PERSON = "Grace Hopper"


class Expected(TypedDict):
    """status of the answer; error: a part of its sentence, or ""; names: largest face first."""

    status: str
    error: str
    names: list[str]


def _expect(status: str, error: str = "", *names: str) -> Expected:
    return Expected(status=status, error=error, names=list(names))


NAMED = _expect("recognized", "", PERSON)
NO_FACE = _expect("no_face")
NOT_A_PICTURE = _expect("invalid", "not a readable picture")
DAMAGED = _expect("invalid", "damaged or cut off")
UNREADABLE = _expect("failed", "cannot be read")
ODD_NAMES = (
    "a space.jpg",
    " leading space.jpg",
    "plus+plus.jpg",
    "100% %2F %zz.jpg",
    'it\'s "quoted".jpg',
    "question?hash#amp&semi;.jpg",
    "back\\slash:colon*star|.jpg",
    "ünïcödé 照片 ☃ 🙂.jpg",
    "combining e\u0301.jpg",
    "new\nline\tand tab.jpg",
    "..dots...jpg",
    "-dash.jpg",
    "no_suffix_but.JPEG",
    f"{'long' * 60}.jpg",
    "folder with space/inner+name.jpg",
)
SKIPPED = ("notes.txt", "no suffix", ".hidden.jpg", ".jpg", ".hidden folder/inner.jpg", "pipe.jpg")


def write_bad_inputs(folder: Path, settings: Settings | None = None) -> dict[str, Expected]:
    """Write them all below ``folder``; names relative to it. settings: whose limits are to be exceeded."""
    settings = settings or Settings()
    expected: dict[str, Expected] = {}
    for name, (data, answer) in (_pictures(settings) | _broken(settings) | _oddly_named()).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        expected[name] = answer
    (folder / "dangling link.jpg").symlink_to("nowhere.jpg")
    expected["dangling link.jpg"] = UNREADABLE
    if os.geteuid() != 0:  # root may read everything
        (folder / "no permission.jpg").write_bytes(person_jpeg())
        (folder / "no permission.jpg").chmod(0)
        expected["no permission.jpg"] = UNREADABLE
    not_text = os.fsdecode(b"latin-\xe9.jpg")
    (folder / not_text).write_bytes(person_jpeg())
    expected[not_text] = NAMED
    _write_skipped(folder)
    return expected


def person_jpeg() -> bytes:
    """A frame of PERSON, 128 x 128 px, small enough to be used many times."""
    return _encoded(_person(), "JPEG", quality=92)


def _person() -> Image.Image:
    with Image.open(FRAMES / "hopper_128px.png") as image:
        return image.convert("RGB")


def _pictures(settings: Settings) -> dict[str, tuple[bytes, Expected]]:
    """Good pictures of uncommon kinds: each must be read as what it shows."""
    person = _person()
    grey16 = Image.fromarray(np.asarray(person.convert("L")).astype(np.uint16) * 257)
    sideways = Image.Exif()
    sideways[0x0112] = 6
    transparent = person.convert("RGBA")
    transparent.putalpha(Image.linear_gradient("L").resize(person.size).point(lambda level: 255 if level > 4 else 0))
    plain = Image.new("RGB", (200, 150), (90, 120, 90))
    return {
        "cmyk.jpg": (_encoded(person.convert("CMYK"), "JPEG", quality=92), NAMED),
        "16 bit grey.png": (_encoded(grey16, "PNG"), NAMED),
        "palette.png": (_encoded(person.quantize(128), "PNG"), NAMED),
        "alpha.png": (_encoded(transparent, "PNG"), NAMED),
        "exif sideways.jpg": (
            _encoded(person.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=92, exif=sideways),
            NAMED,
        ),
        "exif damaged.jpg": (_encoded(person, "JPEG", quality=92, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"), NAMED),
        "animated.gif": (_encoded(person, "GIF", save_all=True, append_images=[plain.resize(person.size)]), NAMED),
        "progressive.jpg": (_encoded(person, "JPEG", quality=92, progressive=True), NAMED),
        "png called.jpg": (_encoded(person, "PNG"), NAMED),
        "two pages.tiff": (_encoded(person, "TIFF", save_all=True, append_images=[plain]), NAMED),
        "bilevel.png": (_encoded(plain.convert("1"), "PNG"), NO_FACE),
        "one pixel.png": (_encoded(plain.resize((1, 1)), "PNG"), NO_FACE),
        "one row.jpg": (_encoded(plain.resize((500, 1)), "JPEG"), NO_FACE),
        "smaller than any face.jpg": (_encoded(person.resize((settings.min_face_size - 1,) * 2), "JPEG"), NO_FACE),
        "one colour.webp": (_encoded(plain, "WEBP"), NO_FACE),
    }


def _broken(settings: Settings) -> dict[str, tuple[bytes, Expected]]:
    """Files that are no picture, half of one, or too much of one."""
    jpeg = person_jpeg()
    png = _encoded(_person(), "PNG")
    side = int(settings.max_frame_pixels**0.5) + 1
    too_many = _expect("invalid", f"the limit is {settings.max_frame_pixels}")
    return {
        "empty.jpg": (b"", _expect("invalid", "is empty")),
        "text.jpg": (b"This is a text that somebody called a picture.\n", NOT_A_PICTURE),
        "web page.png": (b"<!doctype html><title>404 Not Found</title>", NOT_A_PICTURE),
        "zeros.jpg": (bytes(5000), NOT_A_PICTURE),
        "svg.png": (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', NOT_A_PICTURE),
        "only a signature.png": (png[:8], NOT_A_PICTURE),
        "cut off.jpg": (jpeg[: len(jpeg) // 2], DAMAGED),
        "cut off.png": (png[: len(png) // 2], DAMAGED),
        "cut off in the header.jpg": (jpeg[:40], DAMAGED),
        "bad checksum.png": (png[:60] + bytes([png[60] ^ 255]) + png[61:], DAMAGED),
        "bomb.png": (_png_bomb(side, side), too_many),
        "bigger bomb.png": (_png_bomb(60_000, 60_000), too_many),
        "bomb.gif": (b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b"\x3b", _expect("invalid")),
        "too many bytes.jpg": (
            jpeg + bytes(settings.max_frame_bytes + 1 - len(jpeg)),
            _expect("invalid", f"the limit is {settings.max_frame_bytes}"),
        ),
    }


def _oddly_named() -> dict[str, tuple[bytes, Expected]]:
    jpeg = person_jpeg()
    return {name: (jpeg, NAMED) for name in ODD_NAMES}


def _write_skipped(folder: Path) -> None:
    for name in SKIPPED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name == "pipe.jpg":
            os.mkfifo(folder / name)
        else:
            (folder / name).write_bytes(person_jpeg())


def _png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred kB at most that says it has width x height pixels, its rows compressed zeros."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(50_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
