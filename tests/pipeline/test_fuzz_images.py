"""The decoder under hostile input: an array or InvalidFrame, whatever comes. A short run of benchmarks.fuzz's idea."""

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.pipeline.errors import InvalidFrame
from src.pipeline.images import decode_frame
from src.pipeline.settings import Settings
from tests.mutations import mutated_picture, pictures

SETTINGS = Settings()
pytestmark = pytest.mark.filterwarnings("ignore")  # what Pillow thinks of damaged files
SIGNATURES = (
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"II*\0",
    b"MM\0*",
    b"GIF89a",
    b"BM",
)
quick = settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def array_or_refusal(data: bytes) -> np.ndarray | str:
    try:
        image = decode_frame(data, SETTINGS)
    except InvalidFrame as error:
        sentence = str(error)
        assert sentence.endswith(".") and "\n" not in sentence
        return sentence
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size
    return image


@pytest.mark.parametrize("name", pictures())
def test_every_seed_is_a_good_picture(name):
    outcome = array_or_refusal(pictures()[name])
    if name == "tiff fax":
        assert "fax" in outcome
    else:
        assert isinstance(outcome, np.ndarray)


@quick
@given(st.integers(0, 2**64))
def test_mutated_pictures(seed):
    array_or_refusal(mutated_picture(Random(seed)))


@quick
@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_any_bytes_behind_a_signature(signature, rest):
    array_or_refusal(signature + rest)


@quick
@given(st.sampled_from(sorted(pictures())), st.floats(0, 1))
def test_a_picture_cut_anywhere(name, share):
    data = pictures()[name]
    array_or_refusal(data[: int(share * len(data))])
