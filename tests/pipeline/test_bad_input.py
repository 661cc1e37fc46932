"""Each bad input as far as the decoder and the walk of the folder have to do with it."""

import numpy as np
import pytest

from src.client.folder import files_in
from src.pipeline.errors import InvalidFrame
from src.pipeline.images import decode_frame
from src.pipeline.settings import Settings
from tests.bad_input import SKIPPED, write_bad_inputs

SETTINGS = Settings()
pytestmark = pytest.mark.filterwarnings("ignore")  # what Pillow thinks of damaged files


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    return folder, write_bad_inputs(folder)


def test_the_decoder_refuses_what_is_bad_with_the_expected_sentence_and_reads_the_rest(bad):
    folder, expected = bad
    wrong = {}
    for name, answer in expected.items():
        if answer["status"] == "failed":
            continue
        data = (folder / name).read_bytes()
        if answer["status"] == "invalid":
            with pytest.raises(InvalidFrame) as caught:
                decode_frame(data, SETTINGS)
            if answer["error"] not in str(caught.value):
                wrong[name] = str(caught.value)
        elif decode_frame(data, SETTINGS).dtype != np.uint8:
            wrong[name] = "not uint8"
    assert not wrong


def test_the_folder_gives_every_frame_and_skips_the_rest(bad):
    folder, expected = bad
    found = dict(files_in(folder))
    assert {name for name, is_frame in found.items() if is_frame} == expected.keys()
    assert {name for name, is_frame in found.items() if not is_frame} == set(SKIPPED) - {".hidden folder/inner.jpg"}
