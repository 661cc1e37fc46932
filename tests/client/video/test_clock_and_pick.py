import random
from fractions import Fraction

import pytest

from src.client.video.clock import MediaClock
from src.client.video.names import clock_face, frame_name, time_in
from src.client.video.pick import Picker

HALF = Fraction(1, 2)


def picked(times, every=HALF, interval=Fraction(1, 25), duration=None):
    picker = Picker(every, interval, duration)
    return [float(t) for t in times if not picker.over(t) and picker.due(t)], picker


@pytest.mark.parametrize(
    "rate", [Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(15), Fraction(2)]
)
@pytest.mark.parametrize("rounding", [None, 1000, 90000])
def test_five_minutes_at_half_a_second_are_600_frames(rate, rounding):
    times = [n / rate for n in range(int(300 * rate))]
    if rounding:
        times = [Fraction(round(t * rounding), rounding) for t in times]
    found, picker = picked(times, interval=1 / rate)
    assert len(found) == 600
    assert picker.empty == 0
    assert all(abs(t - n / 2) <= 1 / rate for n, t in enumerate(found))


def test_a_longer_recording_ends_after_its_duration():
    times = [Fraction(n, 30) for n in range(30 * 320)]
    found, _ = picked(times, interval=Fraction(1, 30), duration=Fraction(300))
    assert (len(found), found[-1]) == (600, 299.5)


def test_a_camera_that_trembles_at_the_pace_of_the_slots_loses_none():
    random.seed(5)
    times = [max(Fraction(0), Fraction(n, 2) + Fraction(random.randint(-40, 40), 1000)) for n in range(600)]
    found, picker = picked(times, interval=HALF)
    assert (len(found), picker.empty) == (600, 0)


def test_slots_without_a_frame_are_counted_and_what_comes_faster_than_the_film_is_each_frame_once():
    found, picker = picked([Fraction(0), Fraction(1, 2), Fraction(3), Fraction(7, 2)])
    assert (found, picker.empty) == ([0.0, 0.5, 3.0, 3.5], 4)
    found, _ = picked([Fraction(n, 25) for n in range(25)], every=Fraction(1, 100))
    assert len(found) == 25


def times_of(clock, raws, walls=None):
    return [
        round(float(clock.at(None if r is None else Fraction(r), w)), 3)
        for r, w in zip(raws, walls or [None] * len(raws), strict=True)
    ]


def test_times_begin_at_zero_whatever_the_first_timestamp_is():
    assert times_of(MediaClock(HALF, discontinuous=False), [100, 100.5, 101]) == [0, 0.5, 1.0]


def test_a_clock_that_jumps_back_goes_on_where_it_was():
    clock = MediaClock(HALF, discontinuous=False)
    assert times_of(clock, [10, 10.5, 11, 0]) == [0, 0.5, 1.0, 1.5]
    assert clock.jump == -11
    assert times_of(clock, [0.5, 1.0]) == [2.0, 2.5]
    assert clock.jump is None


def test_a_long_step_forward_is_a_still_in_a_file_and_a_jump_in_a_broadcast():
    assert times_of(MediaClock(HALF, discontinuous=False), [0, 0.5, 60.5]) == [0, 0.5, 60.5]
    assert times_of(MediaClock(HALF, discontinuous=True), [0, 0.5, 60.5, 61]) == [0, 0.5, 1.0, 1.5]


def test_a_camera_is_believed_as_far_as_the_time_that_really_passed():
    clock = MediaClock(HALF, discontinuous=True)
    assert times_of(clock, [0, 20, 7200, 7200.5], [5.0, 25.0, 25.5, 26.0]) == [0, 20.0, 20.5, 21.0]


def test_frames_without_timestamps_are_counted():
    assert times_of(MediaClock(HALF, discontinuous=False), [None, None, None]) == [0, 0.5, 1.0]
    assert times_of(MediaClock(HALF, discontinuous=False), [3, None, 4]) == [0, 0.5, 1.0]


def test_after_a_new_connection_time_goes_on_from_where_it_is_told():
    clock = MediaClock(HALF, discontinuous=True)
    assert times_of(clock, [50, 50.5], [1.0, 1.5]) == [0, 0.5]
    clock.resume_at(Fraction(9))
    assert times_of(clock, [3, 3.5], [10.0, 10.5]) == [9.0, 9.5]


def test_a_name_says_the_time_and_sorts_by_it():
    assert frame_name("lobby", Fraction(25, 2)) == "lobby_000012.500.jpg"
    assert time_in("lobby_000012.500.jpg") == 12.5
    assert time_in("lobby.jpg") is None
    assert clock_face(3725.25) == "1:02:05.250"
    assert clock_face(59.9996) == "0:01:00.000"
