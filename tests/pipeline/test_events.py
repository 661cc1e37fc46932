import json
from pathlib import Path

import pytest

from src.pipeline.errors import ContractError
from src.pipeline.events import frames_in_s3_event, frames_in_sqs_record, is_sqs, is_url_call, receive_count

EVENTS = Path(__file__).parents[1] / "events"


def event(name: str) -> dict:
    return json.loads((EVENTS / f"{name}.json").read_text())


def sqs_with(body: object) -> dict:
    record = event("sqs")["Records"][0]
    return record | {"body": body if isinstance(body, str) else json.dumps(body)}


def test_a_form_encoded_key_is_decoded():
    (frame,) = frames_in_s3_event(event("s3_put"))
    assert (frame.run_id, frame.request_id, frame.filename) == ("run1", "req1", "a b+c ü 100%.jpg")
    assert frame.key == "frames/run1/req1/a b+c ü 100%.jpg"
    assert frame.sent_at == pytest.approx(1772366400.5)


def test_an_sqs_record_dates_the_frame_by_its_own_time():
    (frame,) = frames_in_sqs_record(sqs_with(event("s3_put")))
    assert frame.sent_at == pytest.approx(1545082649.183)
    assert receive_count(sqs_with("")) == 2


def test_the_test_event_of_s3_holds_no_frame():
    assert frames_in_s3_event(event("s3_test")) == []
    assert frames_in_sqs_record(sqs_with(event("s3_test"))) == []


def test_a_frame_put_by_hand_gets_ids_that_a_repeat_shares_and_another_picture_does_not():
    def adopted(key: str, etag: str):
        body = event("s3_put")
        body["Records"][0]["s3"]["object"] |= {"key": key, "eTag": etag}
        return frames_in_s3_event(body)[0]

    first = adopted("frames/holiday.jpg", "e1")
    assert (first.run_id, first.filename) == ("adopted", "holiday.jpg")
    assert adopted("frames/holiday.jpg", "e1") == first
    assert adopted("frames/holiday.jpg", "e2").request_id != first.request_id


@pytest.mark.parametrize("request_id", ["people#info", "strangers#dlib"])
def test_a_frame_put_by_hand_takes_no_place_that_the_table_keeps_for_people(request_id):
    body = event("s3_put")
    body["Records"][0]["s3"]["object"]["key"] = f"frames/run/{request_id.replace('#', '%23')}/x.jpg"
    (frame,) = frames_in_s3_event(body)
    assert (frame.run_id, frame.filename) == ("adopted", f"run/{request_id}/x.jpg")
    assert "#" not in frame.request_id


def test_a_key_that_no_object_can_have_is_a_contract_error():
    body = event("s3_put")
    body["Records"][0]["s3"]["object"]["key"] = "frames/run/id/half a pair \ud800.jpg"
    with pytest.raises(ContractError, match="incomplete"):
        frames_in_sqs_record(sqs_with(body))


@pytest.mark.parametrize("times", [{}, {"SentTimestamp": "soon"}, {"SentTimestamp": "9" * 400}])
def test_a_record_without_a_time_that_can_be_is_a_contract_error(times):
    with pytest.raises(ContractError, match="SentTimestamp"):
        frames_in_sqs_record(sqs_with(event("s3_put")) | {"attributes": times})


@pytest.mark.parametrize(
    "body", ["", "not json", "[]", "{}", '{"Records": 3}', '{"Records": [{}]}', '{"Records": [null]}']
)
def test_any_other_body_is_a_contract_error(body):
    with pytest.raises(ContractError):
        frames_in_sqs_record(sqs_with(body))


def test_kinds_of_events_are_told_apart():
    kinds = {name: (is_sqs(event(name)), is_url_call(event(name))) for name in ("sqs", "s3_put", "url_post")}
    assert kinds == {"sqs": (True, False), "s3_put": (False, False), "url_post": (False, True)}
