import pytest

from src.client.sightings import overlap
from src.client.tracks import appearances_in

LEFT, RIGHT = (100.0, 100.0, 200.0, 200.0), (400.0, 100.0, 500.0, 200.0)


def record(time_s, *faces, status="recognized"):
    """faces: (name, box) or (name, box, distance)."""
    found = [{"name": f[0], "box": list(f[1]), "distance": f[2] if len(f) > 2 else 0.3, "score": 1.0} for f in faces]
    name = f"door_{time_s:010.3f}.jpg"
    return {"request_id": f"id{time_s}", "filename": name, "status": status, "faces": found}


def film(*names, box=LEFT, every=0.5):
    """One face in the same place in each frame; None for none."""
    return [record(n * every, *([] if name is None else [(name, box)])) for n, name in enumerate(names)]


def told(records, every=0.5, **how):
    return [
        (a.person, a.from_s, a.to_s, len(a.sightings), len(a.to_json()["corrected"]))
        for a in appearances_in(records, every, **how)
    ]


def test_consecutive_frames_of_a_person_are_one_appearance():
    assert told(film("Ada", "Ada", "Ada")) == [("Ada", 0, 1.0, 3, 0)]


def test_one_frame_that_says_otherwise_is_outvoted():
    assert told(film("Ada", "Ada", "Bob", "Ada", "Ada")) == [("Ada", 0, 2.0, 5, 1)]
    assert told(film("Ada", "unknown", "Ada", "unknown", "Ada")) == [("Ada", 0, 2.0, 5, 2)]
    (one,) = appearances_in(film("Ada", "Ada", "Bob", "Ada"), 0.5)
    assert one.to_json()["corrected"] == [
        {"filename": "door_000001.000.jpg", "request_id": "id1.0", "time_s": 1.0, "said": "Bob"}
    ]
    assert one.to_json()["confidence"] == 0.75


def test_a_cut_to_somebody_else_in_the_same_place_is_no_mistake():
    found = told(film(*["Ada"] * 8, "Bob", "Bob", *["Ada"] * 2))
    assert found == [("Ada", 0, 5.5, 10, 0), ("Bob", 4.0, 4.5, 2, 0)]
    assert told(film("Ada", "Ada", "Ada", "Bob")) == [("Ada", 0, 1.0, 3, 0), ("Bob", 1.5, 1.5, 1, 0)]


def test_a_mistake_in_another_place_is_not_corrected():
    frames = film("Ada", "Ada", "Ada", "Ada", "Ada")
    frames[2] = record(1.0, ("Bob", RIGHT))
    assert told(frames) == [("Ada", 0, 2.0, 4, 0), ("Bob", 1.0, 1.0, 1, 0)]


def test_it_takes_many_frames_of_a_stranger_to_outvote_a_name():
    assert ("Ada", 0.5, 0.5, 1, 0) in told(film("unknown", "Ada", "unknown"))
    assert told(film(*["unknown"] * 3, "Ada", *["unknown"] * 3)) == [("unknown", 0, 3.0, 7, 1)]


def test_a_short_absence_is_bridged_and_a_long_one_is_not():
    assert told(film("Ada", None, None, "Ada")) == [("Ada", 0, 1.5, 2, 0)]
    assert told(film("Ada", *[None] * 9, "Ada")) == [("Ada", 0, 0, 1, 0), ("Ada", 5.0, 5.0, 1, 0)]


def test_a_person_who_moves_stays_one():
    frames = [record(n / 2, ("Ada", (100.0 + 60 * n, 100.0, 200.0 + 60 * n, 200.0))) for n in range(6)]
    assert told(frames) == [("Ada", 0, 2.5, 6, 0)]
    frames[3]["faces"][0]["name"] = "Bob"
    assert told(frames) == [("Ada", 0, 2.5, 6, 1)]


def test_two_people_at_once_are_two_appearances_and_two_strangers_stay_two():
    frames = [record(n / 2, ("Ada", LEFT), ("unknown", RIGHT)) for n in range(3)]
    assert told(frames) == [("Ada", 0, 1.0, 3, 0), ("unknown", 0, 1.0, 3, 0)]
    frames = [record(n / 2, ("unknown", LEFT), ("unknown", RIGHT)) for n in range(3)]
    assert told(frames) == [("unknown", 0, 1.0, 3, 0)] * 2


def test_the_best_frame_is_the_surest_one():
    frames = [record(n / 2, ("Ada", LEFT, d)) for n, d in enumerate((0.5, 0.2, 0.4))]
    (one,) = appearances_in(frames, 0.5)
    assert (one.best.filename, one.to_json()["best"]["distance"]) == ("door_000000.500.jpg", 0.2)
    nobody = [record(0, ("unknown", LEFT, None)), record(0.5, ("unknown", (90.0, 90.0, 210.0, 210.0), None))]
    (stranger,) = appearances_in(nobody, 0.5)
    assert stranger.best.time_s == 0.5


def test_where_only_changes_were_sent_a_frame_lasts_until_the_next():
    frames = [record(0, ("Ada", LEFT)), record(30, ("Ada", LEFT)), record(60)]
    assert told(frames, stills=True) == [("Ada", 0, 60, 2, 0)]
    assert len(told(frames)) == 2


def test_frames_without_an_answer_and_files_that_are_no_frames_of_a_video_are_let_pass():
    frames = film("Ada", "Ada")
    frames.insert(1, {"request_id": "x", "filename": "door_000000.250.jpg", "status": "missing"})
    frames.append({"request_id": "y", "filename": "holiday.jpg", "status": "no_face", "faces": []})
    assert told(frames) == [("Ada", 0, 0.5, 2, 0)]
    assert told([]) == []


def test_overlap():
    assert overlap(LEFT, LEFT) == 1
    assert overlap(LEFT, RIGHT) == 0
    assert overlap(LEFT, (150.0, 100.0, 250.0, 200.0)) == pytest.approx(1 / 3)
    assert overlap((0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)) == 0
