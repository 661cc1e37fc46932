from PIL import Image

from benchmarks.pipeline import _ratios
from benchmarks.rails.frames import SIZE, write_frames
from tests.conftest import SAMPLES


def test_any_folder_of_pictures_gives_as_many_frames_of_720p_as_are_asked_for(tmp_path):
    made = write_frames(SAMPLES, tmp_path / "frames", 25)
    assert len({path.name for path in made}) == 25
    for path in made:
        with Image.open(path) as frame:
            assert (frame.size, frame.format) == (SIZE, "JPEG")


def test_ratios_say_how_many_times_better_ours_is():
    ours = {"cold_first_answer_s": 1, "cold_cpu_s": 1, "frames_per_s": 40, "single_frame_s": 0.1,
            "peak_mb_per_process": 300, "cpu_ms": 50}  # fmt: skip
    naive = {"cold_first_answer_s": 20, "cold_cpu_s": 15, "frames_per_s": 4, "single_frame_s": 0.4,
             "peak_mb_per_process": 900, "cpu_ms": 500}  # fmt: skip
    local = {"frames_per_s": 50, "single_frame_s": 0.04, "cpu_ms": 40}
    found = dict(_ratios({"ours": ours, "ours-local": local, "naive": naive}))
    assert found["ours: share of throughput that the hops cost"] == 0.2
    assert found["ours: added latency of a single frame, p50, s"] == 0.06
    assert found["naive: frames/s, ours over theirs"] == 10
    assert found["naive: cold_first_answer_s, theirs over ours"] == 20
    assert found["naive: peak_mb_per_process, theirs over ours"] == 3
