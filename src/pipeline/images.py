"""Encoded pictures to arrays: limits come before any pixel is decoded, and bad ones end in one plain sentence."""

from __future__ import annotations

import importlib
import logging
import re
import warnings
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from src.pipeline.errors import InvalidFrame, NotAPicture
from src.pipeline.settings import Settings

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
FORMAT_NAMES = "JPEG, PNG, WebP, TIFF, GIF or BMP"
# An ordinary progressive JPEG has about ten scans. Each can make the decoder go over all pixels again.
MAX_JPEG_SCANS = 100
JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # those that begin a segment, and the end
FARTHEST = 1e37  # differences of float32 numbers up to here are still float32 numbers
# By how their files begin, the readers that Pillow has not at hand. It is asked only for formats whose reader is there:
# for one that is not it would import all forty of its others, whatever the file is.
READERS = {b"RIFF": "PIL.WebPImagePlugin", b"II": "PIL.TiffImagePlugin", b"MM": "PIL.TiffImagePlugin"}
ORIENTATION = 0x0112  # the EXIF tag
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# libtiff writes a line to stderr for each damaged line of a fax and goes on: millions of them for one frame.
FAX = {"tiff_ccitt", "group3", "group4"}

# What Pillow's parsers warn of (odd EXIF, many pixels) is either harmless or raised below.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.CRITICAL)


def decode_frame(data: bytes, settings: Settings) -> NDArray[np.uint8]:
    """The picture in an encoded file, upright as its EXIF orientation says, as (H, W, 3) uint8 RGB, read-only.

    Of an animation or a file of several pages the first is taken; what is transparent becomes white; 16-bit
    grey is scaled from its full range, 32-bit grey from its own darkest to its own brightest pixel.

    Raises InvalidFrame, and nothing else, when the file is empty or of no known format (then it is NotAPicture),
    larger than ``max_frame_bytes``, of more than ``max_frame_pixels`` pixels by its header, damaged or cut off.
    """
    return np.asarray(decode_picture(data, settings)[0])


def decode_picture(
    data: bytes, settings: Settings, *, at_least: int | None = None
) -> tuple[Image.Image, tuple[int, int]]:
    """The same as an RGB picture, and the (width, height) px of the whole frame.

    at_least: the picture is only to be looked at, in this many pixels of its longer side. It may come smaller than
    the frame, but not smaller than that, and is decoded many times faster where its format can do so (JPEG).

    Raises InvalidFrame as ``decode_frame`` does.
    """
    if not data:
        raise NotAPicture("The file is empty.")
    if len(data) > settings.max_frame_bytes:
        raise InvalidFrame(f"The file has {len(data)} bytes; the limit is {settings.max_frame_bytes}.")
    kind = "picture"
    Image.preinit()
    for beginning, reader in READERS.items():
        if data.startswith(beginning):
            importlib.import_module(reader)
    try:
        with Image.open(BytesIO(data), formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            kind = f"{image.format} picture"
            _check_limits(image, data, settings)
            return _loaded(image, at_least)
    except InvalidFrame:
        raise
    except UnidentifiedImageError:
        raise NotAPicture(f"The file is not a readable picture; it must be {FORMAT_NAMES}.") from None
    except Image.DecompressionBombError:
        limit = settings.max_frame_pixels
        raise InvalidFrame(f"The picture has more pixels than can be decoded; the limit is {limit}.") from None
    except MemoryError:
        raise InvalidFrame(f"The {kind} needs more memory to decode than there is.") from None
    except Exception as error:  # Pillow's parsers raise whatever a damaged file leads them to, down to SyntaxError
        raise InvalidFrame(f"The {kind} is damaged or cut off.") from error


def _loaded(image: Image.Image, at_least: int | None) -> tuple[Image.Image, tuple[int, int]]:
    whole = image.size
    if at_least is not None:
        shrink = min(1.0, at_least / max(whole))
        image.draft("RGB", (max(1, int(whole[0] * shrink)), max(1, int(whole[1] * shrink))))
    drafted = image.size != whole
    image.load()
    rgb = _rgb(image)
    upright = _upright(rgb, image)
    if not drafted:
        return upright, upright.size
    turned = (upright.width > upright.height) != (rgb.width > rgb.height)
    return upright, whole[::-1] if turned else whole


def _check_limits(image: Image.Image, data: bytes, settings: Settings) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise InvalidFrame(f"The picture has {width} x {height} pixels.")
    if width * height > settings.max_frame_pixels:
        raise InvalidFrame(
            f"The picture has {width} x {height} = {width * height} pixels; the limit is {settings.max_frame_pixels}."
        )
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_JPEG_SCANS and _scans(data) > MAX_JPEG_SCANS:
        raise InvalidFrame(f"The JPEG picture has more than {MAX_JPEG_SCANS} scans.")
    if image.info.get("compression") in FAX:
        raise InvalidFrame("The TIFF picture is coded as a fax; a frame is a photograph.")


def _scans(data: bytes) -> int:
    """The scans of a JPEG up to its end; what follows there, a phone's film say, does not count."""
    at, scans = 2, 0
    while scans <= MAX_JPEG_SCANS and (marker := JPEG_MARKER.search(data, at)):
        kind = marker[0][1]
        if kind == 0xD9:
            break
        scans += kind == 0xDA
        at = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return scans


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        image = Image.fromarray(_stretched(np.asarray(image, np.float32)))
    elif image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _stretched(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(H, W) numbers of no agreed range to 0..255; those that are not finite become black."""
    finite = np.isfinite(grey)
    low = max(float(grey.min(where=finite, initial=FARTHEST)), -FARTHEST)
    high = min(float(grey.max(where=finite, initial=-FARTHEST)), FARTHEST)
    if high <= low:
        return np.zeros(grey.shape, np.uint8)
    shares = (np.where(finite, grey.clip(low, high), np.float32(low)) - np.float32(low)) / np.float32(high - low)
    return (shares * 255).astype(np.uint8)


def _upright(rgb: Image.Image, source: Image.Image) -> Image.Image:
    if not source.info.keys() & {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"}:
        return rgb  # TIFF has no such entry: Pillow turns it while it loads
    try:
        orientation = source.getexif().get(ORIENTATION)
    except Exception:  # a damaged EXIF block says nothing; the picture is still good
        return rgb
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return rgb if turn is None else rgb.transpose(turn)
