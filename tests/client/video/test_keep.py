"""The video itself, kept in the bucket of the embedded stack while it is read."""

import threading

import av
import pytest
from PIL import Image

from src.client.video.keep import Keeper
from src.client.video.notices import Notices
from src.client.video.reader import Reader
from src.client.video.source import source_of
from src.pipeline.errors import NotFound
from src.pipeline.stores import Connection, ObjectStore
from src.pipeline.stores.multipart import PART_BYTES, MultipartFile
from tests.films import photo, write_film

NOISE = [Image.effect_noise((640, 480), 200).convert("RGB") for _ in range(3)]


@pytest.fixture(scope="module")
def connection(stack):
    return Connection(stack.settings)


@pytest.fixture(scope="module")
def bucket(stack):
    return stack.settings.need("bucket")


def keep(film, connection, bucket, prefix):
    """Read a whole film; the keeper, the notices, and how many frames were decoded meanwhile."""
    notices = Notices()
    keeper = Keeper(connection, bucket, prefix, notices)
    reader = Reader(source_of(str(film)), notices, threading.Event(), patience_s=0, sink=keeper)
    return keeper, notices, sum(1 for _ in reader.moments())


def play(connection, url, tmp_path):
    bucket, key = url.removeprefix("s3://").split("/", 1)
    path = tmp_path / "kept.mp4"
    path.write_bytes(ObjectStore(connection, bucket).get(key))
    with av.open(str(path)) as video:
        frames = list(video.decode(video=0))
        return video.streams.video[0].codec_context.name, frames, path.stat().st_size


def test_a_long_video_goes_up_in_parts_and_is_the_same_video(connection, bucket, tmp_path):
    film = write_film(tmp_path / "noise.mkv", NOISE * 25)
    assert film.stat().st_size > 2 * PART_BYTES
    keeper, notices, decoded = keep(film, connection, bucket, "videos/t1/noise")
    assert (decoded, notices.to_json()) == (75, [])
    assert keeper.kept == [f"s3://{bucket}/videos/t1/noise.mp4"]
    codec, frames, size = play(connection, keeper.kept[0], tmp_path)
    assert (codec, len(frames)) == ("h264", 75)
    assert size == pytest.approx(film.stat().st_size, rel=0.05)


def test_what_mp4_does_not_take_is_encoded(connection, bucket, tmp_path):
    film = write_film(tmp_path / "odd.avi", [photo("obama_small.jpg", (97, 65))] * 30, codec="mjpeg")
    keeper, notices, decoded = keep(film, connection, bucket, "videos/t2/odd")
    assert (decoded, notices.to_json()) == (30, [])
    codec, frames, _ = play(connection, keeper.kept[0], tmp_path)
    assert (codec, len(frames), frames[0].width, frames[0].height) == ("h264", 30, 96, 64)
    assert float(frames[-1].pts * frames[-1].time_base) == pytest.approx(29 / 25, abs=0.05)


def test_when_it_cannot_be_kept_the_frames_go_on_and_a_notice_says_why(connection, tmp_path):
    film = write_film(tmp_path / "f.mp4", [photo("obama_small.jpg")] * 10)
    keeper, notices, decoded = keep(film, connection, "no-such-bucket", "videos/t3/f")
    assert (decoded, keeper.kept, notices.wrong) == (10, [], True)
    (notice,) = notices.to_json()
    assert notice["text"].startswith("The video cannot be kept: Cannot begin s3://no-such-bucket/videos/t3/f.mp4: ")


def test_an_upload_that_is_given_up_leaves_nothing(connection, bucket):
    file = MultipartFile(connection, bucket, "videos/t4/gone.mp4")
    file.write(bytes(PART_BYTES + 1))
    file.abort()
    with pytest.raises(NotFound):
        ObjectStore(connection, bucket).get("videos/t4/gone.mp4")
    answer = connection.client("s3").list_multipart_uploads(Bucket=bucket)
    assert [u for u in answer.get("Uploads", []) if "t4" in u["Key"]] == []


def test_an_upload_of_nothing_is_an_empty_object(connection, bucket):
    MultipartFile(connection, bucket, "videos/t5/empty.mp4").close()
    assert ObjectStore(connection, bucket).get("videos/t5/empty.mp4") == b""
