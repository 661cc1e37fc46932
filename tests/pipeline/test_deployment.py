"""The record of what is deployed, as it was written, and as somebody's editor or a full disk left it."""

import json
from pathlib import Path

import pytest

from src.pipeline.deployment import Deployment
from src.pipeline.errors import UsageError

RECORD = {
    "prefix": "facelane", "region": "us-east-1", "account": "000000000000", "bucket": "b", "table": "t",
    "frame_queue_url": "http://127.0.0.1:9/f", "req_queue_url": "http://127.0.0.1:9/q",
    "resp_queue_url": "http://127.0.0.1:9/p", "frame_dlq_url": "http://127.0.0.1:9/d",
    "req_dlq_url": "http://127.0.0.1:9/e", "recognizer": "dlib",
}  # fmt: skip


def loaded(folder: Path, text: str) -> Deployment | None:
    path = folder / "deployment.json"
    path.write_text(text)
    return Deployment.load(path)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = loaded(tmp_path, json.dumps(RECORD))
    assert found is not None
    found.save(tmp_path / "again.json")
    assert Deployment.load(tmp_path / "again.json") == found


@pytest.mark.parametrize(
    "change",
    [
        {"prefix": 5},
        {"region": 7},
        {"region": ""},
        {"bucket": ""},
        {"bucket": None},
        {"resp_queue_url": []},
        {"endpoint_url": "foo"},
        {"endpoint_url": "foo", "embedded": True},
        {"endpoint_url": "http://127.0.0.1:99999", "embedded": True},
        {"embedded": "yes"},
        {"shape": 3},
        {"shape": {"FACELANE_LOG_DAYS": 3}},
        {"recognizer": "eigenfaces"},
    ],
)
def test_a_damaged_record_is_an_error_that_names_the_file(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"deployment\.json cannot be read"):
        loaded(tmp_path, json.dumps(RECORD | change))


@pytest.mark.parametrize("text", ["", "[]", "null", "3", "{", '{"prefix": "facelane"}'])
def test_what_is_no_record_is_an_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"deployment\.json cannot be read"):
        loaded(tmp_path, text)
