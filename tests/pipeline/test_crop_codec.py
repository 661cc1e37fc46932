import io
import zlib

import numpy as np
import pytest
from PIL import Image

from src.pipeline import crop_codec
from src.pipeline.errors import ContractError
from tests.conftest import GALLERY

CROPS = np.random.default_rng(5).integers(0, 256, (3, 160, 160, 3), np.uint8)


def test_pixels_survive_exactly():
    text = crop_codec.to_text(crop_codec.pack(CROPS))
    again = crop_codec.unpack(crop_codec.from_text(text), side=160, faces=3)
    assert np.array_equal(again, CROPS)


@pytest.mark.parametrize(("side", "faces"), [(150, 3), (160, 2), (160, 4)])
def test_crops_of_another_shape_are_refused(side, faces):
    with pytest.raises(ContractError):
        crop_codec.unpack(crop_codec.pack(CROPS), side=side, faces=faces)


def test_a_deflate_bomb_is_refused_before_it_is_inflated():
    header = crop_codec.pack(CROPS[:1])[: crop_codec.HEADER.size]
    with pytest.raises(ContractError, match="as long as"):
        crop_codec.unpack(header + zlib.compress(b"\x00" * 200_000_000, 9), side=160, faces=1)


@pytest.mark.parametrize("data", [b"", b"nonsense", crop_codec.pack(CROPS)[:100]])
def test_damaged_crops_are_refused(data):
    with pytest.raises(ContractError, match="crops"):
        crop_codec.unpack(data, side=160, faces=3)


def test_crops_of_another_version_are_refused():
    file = io.BytesIO()
    np.save(file, CROPS)
    with pytest.raises(ContractError, match="another version"):
        crop_codec.unpack(zlib.compress(file.getvalue()), side=160, faces=3)


def test_one_face_of_a_photo_fits_into_what_sqs_bills_as_one_request():
    with Image.open(GALLERY / "Joe Biden" / "blue_room.jpg") as photo:
        face = np.asarray(photo.convert("RGB").resize((160, 160), Image.Resampling.BILINEAR))
    assert len(crop_codec.to_text(crop_codec.pack(face[None]))) < 64_000
