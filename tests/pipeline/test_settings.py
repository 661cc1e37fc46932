from pathlib import Path

import pytest

from src.pipeline.errors import SettingsError
from src.pipeline.settings import Settings


def test_defaults_are_valid_and_the_reference_detectors():
    settings = Settings.load({})
    assert (settings.min_face_size, settings.pnet_threshold, settings.rnet_threshold) == (20, 0.6, 0.7)
    assert (settings.prefix, settings.region, settings.concurrency) == ("facelane", "us-east-1", 8)


def test_environment_is_parsed_and_flags_win():
    env = {
        "FACELANE_MIN_FACE_SIZE": "40",
        "FACELANE_MATCH_THRESHOLD": "0.45",
        "FACELANE_MODELS_DIR": "/m",
        "OTHER": "x",
    }
    settings = Settings.load(env, min_face_size=60, prefix=None)
    assert (settings.min_face_size, settings.match_threshold, settings.models_dir) == (60, 0.45, Path("/m"))
    assert settings.prefix == "facelane"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("MIN_FACE_SIZE", "5", "at least 12 px"),
        ("MIN_FACE_SIZE", "tall", "FACELANE_MIN_FACE_SIZE is 'tall'; it must be a whole number"),
        ("PNET_THRESHOLD", "1.5", "at most 1"),
        ("MATCH_THRESHOLD", "nan", "at least 0"),
        ("RECOGNIZER", "eigenfaces", "one of auto"),
        ("PREFIX", "Bad_Prefix", "prefix is 'Bad_Prefix'"),
        ("PREFIX", "ends-", "not end with -"),
        ("REGION", "us east", "name of an AWS region"),
        ("ENDPOINT_URL", "foo", "endpoint_url is 'foo'; it must be like http"),
        ("ENDPOINT_URL", "http://[::1", "it must be like http"),
        ("ENDPOINT_URL", "http://127.0.0.1:99999", "it must be like http"),
    ],
)
def test_a_bad_value_is_named_with_its_bound(name, text, said):
    with pytest.raises(SettingsError, match=said.replace("(", r"\(")):
        Settings.load({f"FACELANE_{name}": text})


def test_an_unknown_flag_is_an_error():
    with pytest.raises(SettingsError, match="No such setting: speed"):
        Settings.load({}, speed=3)


def test_need_names_the_variable_that_the_deployment_sets():
    with pytest.raises(SettingsError, match="FACELANE_BUCKET is not set"):
        Settings.load({}).need("bucket")
    assert Settings.load({}, bucket="b").need("bucket") == "b"
