import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from src.pipeline.errors import InvalidFrame
from src.pipeline.images import MAX_JPEG_SCANS, decode_frame, decode_picture
from src.pipeline.settings import Settings

SETTINGS = Settings()
pytestmark = pytest.mark.filterwarnings("ignore")  # what Pillow thinks of damaged files
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scene(width: int = 60, height: int = 40) -> Image.Image:
    """Left half red, right half blue, with a green stripe on top: no two orientations look alike."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    image.paste(GREEN, (0, 0, width, height // 4))
    return image


def near(actual: np.ndarray, wanted: object, within: int = 12) -> bool:
    return bool(np.abs(actual.astype(int) - np.asarray(wanted, int)).max() <= within)


def refusal(data: bytes, settings: Settings = SETTINGS) -> str:
    with pytest.raises(InvalidFrame) as caught:
        decode_frame(data, settings)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and "Traceback" not in text
    return text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_every_format_becomes_an_rgb_array(kind):
    image = decode_frame(encoded(scene(), kind, **({"quality": 95} if kind in ("JPEG", "WEBP") else {})), SETTINGS)
    assert image.shape == (40, 60, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    assert near(image[30, 10], RED) and near(image[30, 50], BLUE) and near(image[4, 30], GREEN, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_exif_orientation_is_undone(kind, orientation):
    stored_as = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = scene() if stored_as is None else scene().transpose(stored_as)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode_frame(encoded(stored, kind, exif=exif), SETTINGS)
    assert image.shape == (40, 60, 3)
    assert near(image[30, 10], RED, 30) and near(image[30, 50], BLUE, 30) and near(image[4, 30], GREEN, 60)


@pytest.mark.parametrize("block", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 64])
def test_a_damaged_exif_block_does_not_cost_the_picture(block):
    image = decode_frame(encoded(scene(), "JPEG", exif=block), SETTINGS)
    assert image.shape == (40, 60, 3)


def test_cmyk_jpeg_keeps_its_colours():
    image = decode_frame(encoded(scene().convert("CMYK"), "JPEG", quality=95), SETTINGS)
    assert near(image[30, 10], RED, 20) and near(image[30, 50], BLUE, 20)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_bilevel_and_palette_pictures(mode):
    source = Image.new("L", (30, 20), 255)
    source.paste(0, (0, 0, 15, 20))
    image = decode_frame(encoded(source.convert(mode), "PNG"), SETTINGS)
    assert near(image[10, 5], (0, 0, 0)) and near(image[10, 25], WHITE)


def test_16_bit_grey_is_scaled_and_not_clipped():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(20, axis=0)
    image = decode_frame(encoded(Image.fromarray(ramp), "PNG"), SETTINGS)
    assert near(image[10, :, 0], np.arange(256), within=1)
    assert np.array_equal(image[..., 0], image[..., 1]) and np.array_equal(image[..., 0], image[..., 2])


def test_16_bit_colour_is_scaled():
    rows = np.zeros((2, 2, 3), ">u2")
    rows[..., 0], rows[..., 2] = 65535, 32896
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    png = _png(struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0), zlib.compress(raw))
    assert near(decode_frame(png, SETTINGS), (255, 0, 128), within=1)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_32_bit_grey_is_stretched_from_its_darkest_to_its_brightest(dtype):
    ramp = (np.arange(256) * 1000 - 5000).astype(dtype)[None].repeat(4, axis=0)
    image = decode_frame(encoded(Image.fromarray(ramp), "TIFF"), SETTINGS)
    assert near(image[0, :, 1], np.arange(256), within=1)


def test_float_pictures_with_holes_or_one_value_do_not_stop_it():
    holes = np.array([[0.0, 1.0, np.nan, np.inf]], np.float32)
    image = decode_frame(encoded(Image.fromarray(holes), "TIFF"), SETTINGS)
    assert image[0, :, 0].tolist() == [0, 255, 0, 0]
    extreme = np.array([[-3e38, 0.0, 3e38, np.nan, -np.inf]], np.float32)
    with np.errstate(all="raise"):
        image = decode_frame(encoded(Image.fromarray(extreme), "TIFF"), SETTINGS)
    assert image[0, :, 0].tolist() == [0, 127, 255, 0, 0]
    flat = decode_frame(encoded(Image.fromarray(np.full((2, 2), np.nan, np.float32)), "TIFF"), SETTINGS)
    assert not flat.any()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_becomes_white(kind):
    image = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 10, 10))
    decoded = decode_frame(encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {})), SETTINGS)
    assert near(decoded[5, 5], RED, 2) and near(decoded[5, 15], WHITE, 2)


def test_a_transparent_palette_colour_becomes_white():
    image = Image.new("P", (20, 10), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(0, (10, 0, 20, 10))
    decoded = decode_frame(encoded(image, "PNG", transparency=0), SETTINGS)
    assert near(decoded[5, 5], RED) and near(decoded[5, 15], WHITE)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    first, second = Image.new("RGB", (20, 10), RED), Image.new("RGB", (20, 10), BLUE)
    data = encoded(first, kind, save_all=True, append_images=[second])
    assert near(decode_frame(data, SETTINGS), RED, 6)


@pytest.mark.parametrize(
    "data", [b"\n", b"This is no picture.\n" * 50, b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8"]
)
def test_what_is_not_a_picture_is_said_to_be_none(data):
    assert "not a readable picture" in refusal(data)


def test_an_empty_file_is_named_as_such():
    assert refusal(b"") == "The file is empty."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_cut_off_picture_is_refused(kind):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8))
    data = encoded(noise, kind)
    assert refusal(data[: len(data) // 2]) in (
        f"The {kind} picture is damaged or cut off.",
        "The picture is damaged or cut off.",
        "The file is not a readable picture; it must be JPEG, PNG, WebP, TIFF, GIF or BMP.",
    )


@pytest.mark.parametrize("kind", ["PPM", "ICO", "PCX", "TGA", "JPEG2000", "EPS"])
def test_formats_that_are_not_listed_are_refused(kind):
    assert "not a readable picture" in refusal(encoded(scene(), kind))


def test_the_byte_limit_is_exact():
    data = encoded(scene(), "BMP")
    assert decode_frame(data, Settings(max_frame_bytes=len(data))).shape == (40, 60, 3)
    over = refusal(data, Settings(max_frame_bytes=len(data) - 1))
    assert over == f"The file has {len(data)} bytes; the limit is {len(data) - 1}."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_the_pixel_limit_is_exact(kind):
    data = encoded(scene(), kind)
    assert decode_frame(data, Settings(max_frame_pixels=2400)).shape == (40, 60, 3)
    over = refusal(data, Settings(max_frame_pixels=2399))
    assert over == "The picture has 60 x 40 = 2400 pixels; the limit is 2399."


@pytest.mark.parametrize("side", [10_000, 30_000, 60_000])
def test_a_small_file_of_enormous_dimensions_is_refused_by_its_header(side):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    assert "pixels" in refusal(_png(header, zlib.compress(bytes(1000))))


def test_a_jpeg_of_endless_scans_is_refused():
    data = encoded(scene(), "JPEG", progressive=True)
    assert decode_frame(data, SETTINGS).shape == (40, 60, 3)
    scan = data.rindex(b"\xff\xda")
    endless = data[:-2] + data[scan:-2] * MAX_JPEG_SCANS + b"\xff\xd9"
    assert refusal(endless) == f"The JPEG picture has more than {MAX_JPEG_SCANS} scans."


@pytest.mark.parametrize("progressive", [False, True])
def test_what_follows_the_end_of_a_jpeg_is_not_taken_for_scans(progressive):
    film = b"\xff\xda\0\x08" * (2 * MAX_JPEG_SCANS)
    thumbnail = b"\xff\xed" + struct.pack(">H", len(film) + 2) + film
    data = encoded(scene(), "JPEG", progressive=progressive)
    assert decode_frame(data[:2] + thumbnail + data[2:] + film, SETTINGS).shape == (40, 60, 3)


def test_a_fax_is_refused_before_its_decoder_can_flood_the_log(capfd):
    fax = bytearray(encoded(Image.new("1", (64, 200), 1), "TIFF", compression="group4"))
    fax[40:60] = b"\x55" * 20
    assert "coded as a fax" in refusal(bytes(fax))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("raised", [SyntaxError, OverflowError, struct.error, RecursionError, ZeroDivisionError])
def test_whatever_a_parser_raises_ends_in_a_sentence(monkeypatch, raised):
    def fail(self: object) -> None:
        raise raised("deep inside")

    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "load", fail)
    assert refusal(encoded(scene(), "TIFF")) == "The TIFF picture is damaged or cut off."


def test_the_smallest_picture_there_is():
    assert decode_frame(encoded(Image.new("RGB", (1, 1), RED), "PNG"), SETTINGS).tolist() == [[[255, 0, 0]]]


def _png(header: bytes, pixels: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_picture_to_look_at_is_upright_not_too_small_and_tells_the_size_of_the_frame(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(scene(1200, 800), "JPEG", exif=exif.tobytes(), quality=95)
    picture, whole = decode_picture(data, SETTINGS, at_least=150)
    assert whole == decode_picture(data, SETTINGS)[0].size == ((800, 1200) if orientation == 6 else (1200, 800))
    assert 150 <= max(picture.size) <= 300
    assert abs(picture.width / picture.height - whole[0] / whole[1]) < 0.02
    whole_picture = Image.fromarray(decode_frame(data, SETTINGS)).resize(picture.size)
    assert near(np.asarray(picture)[::20, ::20], np.asarray(whole_picture)[::20, ::20], 40)


def test_a_picture_to_look_at_of_another_format_comes_whole():
    assert decode_picture(encoded(scene(), "PNG"), SETTINGS, at_least=5)[1] == (60, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "none"])
def test_no_more_readers_are_imported_than_there_are_formats(kind: str, tmp_path: Path) -> None:
    """Pillow has forty others, which a cold start would wait for."""
    path = tmp_path / "frame"
    path.write_bytes(b"no picture" if kind == "none" else encoded(scene(), kind))
    code = (
        "import sys; from contextlib import suppress; from pathlib import Path\n"
        "from src.pipeline.errors import InvalidFrame; from src.pipeline.images import decode_frame\n"
        "from src.pipeline.settings import Settings\n"
        "with suppress(InvalidFrame): decode_frame(Path(sys.argv[1]).read_bytes(), Settings.load({}))\n"
        "print(*(name for name in sys.modules if name.startswith('PIL.') and name.endswith('Plugin')))"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    at_hand = {f"PIL.{name}ImagePlugin" for name in ("Bmp", "Gif", "Jpeg", "Png", "Ppm", "Tiff", "WebP")}
    assert set(done.stdout.split()) <= at_hand
