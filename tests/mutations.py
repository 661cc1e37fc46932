"""Small real files of every format, and what transport, disks and attackers do to files: seeded, so repeatable."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent
NASTY_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NASTY_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e300, 10**400, float("nan"), float("inf"), "", "x" * 2000, "\ud800", "%00%ff+%", "../..",
    [], [[]], {}, {"": None}, [None] * 200, "2026-02-30T99:99", "1e9", -(10**30), "99999999999999999999",
)  # fmt: skip


@cache
def pictures() -> dict[str, bytes]:
    """One person's photo, 96 x 96 px, encoded in every way that the decoder reads."""
    with Image.open(FOLDER.parent / "input_folder" / "hopper_128px.png") as image:
        rgb = image.convert("RGB").resize((96, 96))
    alpha = rgb.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(rgb.size))
    grey16 = Image.fromarray(np.asarray(rgb.convert("L")).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0)})

    def more() -> dict[str, Any]:  # made anew each time: an image remembers what the last encoder told it
        return {"save_all": True, "append_images": [rgb.rotate(90), rgb.rotate(180)]}

    made: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
        "jpeg": (rgb, "JPEG", {"exif": exif}),
        "jpeg progressive": (rgb, "JPEG", {"progressive": True}),
        "jpeg grey": (rgb.convert("L"), "JPEG", {}),
        "jpeg cmyk": (rgb.convert("CMYK"), "JPEG", {}),
        "mpo": (rgb, "MPO", more()),
        "png": (rgb, "PNG", {"exif": exif}),
        "png palette": (rgb.quantize(32), "PNG", {"transparency": 3}),
        "png alpha": (alpha, "PNG", {}),
        "png 16 bit": (grey16, "PNG", {}),
        "png bilevel": (rgb.convert("1"), "PNG", {}),
        "png animated": (rgb, "PNG", more()),
        "webp": (rgb, "WEBP", {"exif": exif}),
        "webp lossless": (alpha, "WEBP", {"lossless": True}),
        "webp animated": (rgb, "WEBP", more()),
        "tiff": (rgb, "TIFF", {}),
        "tiff lzw": (rgb, "TIFF", {"compression": "tiff_lzw", "exif": exif}),
        "tiff deflate": (alpha, "TIFF", {"compression": "tiff_deflate"}),
        "tiff jpeg": (rgb, "TIFF", {"compression": "jpeg"}),
        "tiff packbits": (rgb.convert("P"), "TIFF", {"compression": "packbits"}),
        "tiff fax": (rgb.convert("1"), "TIFF", {"compression": "group4"}),
        "tiff cmyk": (rgb.convert("CMYK"), "TIFF", {}),
        "tiff lab": (rgb.convert("LAB"), "TIFF", {}),
        "tiff 16 bit": (grey16, "TIFF", {}),
        "tiff float": (rgb.convert("F"), "TIFF", {}),
        "tiff pages": (rgb, "TIFF", more()),
        "gif": (rgb.quantize(64), "GIF", {"transparency": 1}),
        "gif animated": (rgb, "GIF", more()),
        "bmp": (rgb, "BMP", {}),
        "bmp palette": (rgb.quantize(64), "BMP", {}),
        "bmp bilevel": (rgb.convert("1"), "BMP", {}),
    }
    encoded = {name: _encoded(image.copy(), kind, options) for name, (image, kind, options) in made.items()}
    return encoded | {"bmp rle": _bmp_rle(32, 24)}


def mutated_picture(random: Random) -> bytes:
    """A picture after one to six accidents; of a PNG the checksums are often set right, to get past them."""
    seeds = list(pictures().values())
    data = bytearray(random.choice(seeds))
    for _ in range(random.randint(1, 6)):
        random.choice(ACCIDENTS)(random, data, seeds)
    if data.startswith(b"\x89PNG") and random.random() < 0.7:
        data = _with_checksums(data)
    return bytes(data)


def mutated_bytes(random: Random, data: bytes) -> bytes:
    """Any file after one to four accidents."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 4)):
        random.choice(ACCIDENTS)(random, changed, [data])
    return bytes(changed)


def mutated_json(random: Random, value: Any) -> Any:
    """A copy of a JSON value in which some parts are gone, twisted or of another type."""
    value = json.loads(json.dumps(value))
    for _ in range(random.randint(1, 4)):
        places = list(_places(value))
        if not places:
            return deepcopy(random.choice(NASTY_VALUES))
        holder, key = random.choice(places)
        if random.random() < 0.25:
            del holder[key]
        elif random.random() < 0.2:
            holder[key] = json.loads("[" * 50 + "]" * 50)
        elif isinstance(holder[key], str) and random.random() < 0.4:
            changed = mutated_bytes(random, holder[key].encode("utf-8", "surrogatepass"))
            holder[key] = changed.decode("utf-8", "surrogateescape")
        else:
            holder[key] = deepcopy(random.choice(NASTY_VALUES))
    return value


def _places(value: Any) -> Any:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield value, key
        yield from _places(child)


def _position(random: Random, data: bytearray) -> int:
    """Headers are where parsers live: half of the accidents happen there."""
    end = min(len(data), 200) if random.random() < 0.5 else len(data)
    start = 0 if random.random() < 0.1 else 4  # a file that is not even taken for a picture tests little
    return random.randrange(start, max(start + 1, end))


def _flip(random: Random, data: bytearray, _: list[bytes]) -> None:
    for _n in range(random.choice((1, 1, 2, 8))):
        if data:
            data[_position(random, data) % len(data)] ^= 1 << random.randrange(8)


def _set_number(random: Random, data: bytearray, _: list[bytes]) -> None:
    code = random.choice(("<B", "<H", ">H", "<I", ">I"))
    at, number = _position(random, data), random.choice(NASTY_NUMBERS) % (1 << 8 * struct.calcsize(code))
    data[at : at + struct.calcsize(code)] = struct.pack(code, number)


def _cut(random: Random, data: bytearray, _: list[bytes]) -> None:
    del data[_position(random, data) :]


def _cut_out(random: Random, data: bytearray, _: list[bytes]) -> None:
    at = _position(random, data)
    del data[at : at + random.choice((1, 2, 7, 64, 1000))]


def _repeat(random: Random, data: bytearray, _: list[bytes]) -> None:
    at = _position(random, data)
    data[at:at] = data[at : at + random.choice((4, 16, 200))] * random.choice((1, 3, 30))


def _insert(random: Random, data: bytearray, _: list[bytes]) -> None:
    at = _position(random, data)
    data[at:at] = random.randbytes(random.choice((1, 3, 20, 300)))


def _splice(random: Random, data: bytearray, seeds: list[bytes]) -> None:
    other = random.choice(seeds)
    at, start = _position(random, data), random.randrange(max(1, len(other)))
    data[at:] = other[start:]


def _transplant(random: Random, data: bytearray, seeds: list[bytes]) -> None:
    other = random.choice(seeds)
    start = random.randrange(max(1, len(other)))
    piece = other[start : start + random.choice((8, 40, 400))]
    at = _position(random, data)
    data[at : at + len(piece)] = piece


Accident = Callable[[Random, bytearray, list[bytes]], None]
ACCIDENTS: tuple[Accident, ...] = (
    _flip, _flip, _set_number, _set_number, _cut, _cut_out, _repeat, _insert, _splice, _transplant,
)  # fmt: skip


def _with_checksums(data: bytearray) -> bytearray:
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            break
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return data


def _bmp_rle(width: int, height: int) -> bytes:
    """An 8-bit run-length encoded BMP, which Pillow reads but does not write."""
    runs = b"".join(bytes((width // 2, row % 4, width // 2, 3 - row % 4, 0, 0)) for row in range(height)) + b"\0\1"
    palette = bytes(level for grey in (0, 85, 170, 255) for level in (grey, grey, grey, 0))
    start = 14 + 40 + len(palette)
    header = struct.pack("<2sIHHI", b"BM", start + len(runs), 0, 0, start)
    return (
        header + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 2835, 2835, 4, 0) + palette + runs
    )


def _encoded(image: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
