"""Real films and real connections, good and bad, read as ``--video`` reads them."""

import threading
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import pytest
from PIL import Image

from src.client.video.notices import Notices
from src.client.video.pick import Picker
from src.client.video.picture import ChangeDetector, upright
from src.client.video.reader import Reader
from src.client.video.source import NoVideo, open_source, source_of
from src.pipeline.errors import UsageError
from tests.films import photo, write_film

GREY = Image.new("RGB", (64, 48), "grey")


class Read:
    """All moments of a source, what was said on the way, and the reader."""

    def __init__(self, text, *, patience_s=0.0, stop_after=None):
        self.notices, stop = Notices(), threading.Event()
        self.reader = Reader(source_of(str(text)), self.notices, stop, patience_s=patience_s)
        self.times, self.frames = [], []
        for moment in self.reader.moments():
            self.times.append(float(moment.time_s))
            self.frames.append(moment.frame)
            if stop_after is not None and len(self.times) >= stop_after:
                stop.set()
        self.said = " ".join(notice["text"] for notice in self.notices.to_json())


@pytest.mark.parametrize("codec", [("f.mp4", "libx264"), ("f.mkv", "libx264"), ("f.avi", "mjpeg"), ("f.ts", "libx264")])
def test_five_minutes_in_any_container_are_picked_by_timestamp(codec, tmp_path):
    name, codec = codec
    film = write_film(tmp_path / name, [GREY] * (300 * 10), rate=10, codec=codec)
    read = Read(film)
    picker = Picker(Fraction(1, 2), read.reader.interval)
    assert sum(picker.due(Fraction(t).limit_denominator(90000)) for t in read.times) == 600
    assert read.said == ""
    assert not read.notices.wrong


def test_a_variable_frame_rate_is_followed_and_a_still_is_told(tmp_path):
    times = [Fraction(t, 10) for t in (0, 1, 2, 10, 11, 30, 180, 185)]
    read = Read(write_film(tmp_path / "f.mkv", [GREY] * len(times), times=times))
    assert read.times == pytest.approx([float(t) for t in times], abs=0.002)
    assert read.said == "There are no frames from 0:00:03.000 to 0:00:18.000."
    assert read.reader.gaps == [(3.0, 18.0)]


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_a_turned_video_is_turned_back(degrees, tmp_path):
    image = Image.new("RGB", (64, 48), "black")
    image.paste("white", (0, 0, 32, 24))  # at the upper left
    read = Read(write_film(tmp_path / "f.mp4", [image] * 3, rotation=degrees))
    seen = upright(read.frames[0])
    assert seen.size == ((64, 48) if degrees == 180 else (48, 64))
    where = {90: (0, 1), 180: (1, 1), -90: (1, 0)}[degrees]  # counterclockwise: the lower left, and so on
    bright = [(x, y) for x in (0, 1) for y in (0, 1) if seen.getpixel((8 + 30 * x, 8 + 30 * y))[0] > 128]
    assert bright == [where]


def test_a_changed_resolution_is_told_and_the_frames_go_on(tmp_path):
    parts = [write_film(tmp_path / f"{n}.ts", [GREY.resize(size)] * 10) for n, size in enumerate([(64, 48), (96, 64)])]
    film = tmp_path / "both.ts"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    read = Read(film)
    assert len(read.times) == 20
    assert "The resolution changed from 64×48 to 96×64." in read.said
    assert {upright(frame).size for frame in read.frames} == {(64, 48), (96, 64)}
    assert read.times == sorted(read.times)


def test_a_clock_that_jumps_loses_no_frame(tmp_path):
    film = write_film(tmp_path / "a.ts", [GREY] * 50)
    twice = tmp_path / "twice.ts"
    twice.write_bytes(film.read_bytes() * 2)  # the second one begins at the first one's beginning
    read = Read(twice)
    assert len(read.times) == 100
    assert read.times == sorted(set(read.times))
    assert "clock jumped by -" in read.said
    assert read.times[-1] == pytest.approx(99 / 25, abs=0.1)


def test_a_film_that_is_cut_short_gives_what_is_there_and_says_so(tmp_path):
    film = write_film(tmp_path / "f.mkv", [photo("obama_small.jpg")] * 250)
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    read = Read(film)
    assert 20 < len(read.times) < 240
    assert "cut short" in read.said
    assert read.notices.wrong


def test_damage_in_the_middle_does_not_end_it(tmp_path):
    film = write_film(tmp_path / "f.ts", [photo("obama_small.jpg"), photo("biden_small.jpg")] * 50)
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = bytes(20_000)
    film.write_bytes(data)
    read = Read(film)
    assert len(read.times) > 50
    assert read.times[-1] > 3.5


def test_what_is_no_video_is_one_sentence(tmp_path):
    (tmp_path / "text.mp4").write_text("this is not a video " * 100)
    (tmp_path / "empty.mp4").write_bytes(b"")
    half = write_film(tmp_path / "half.mp4", [GREY] * 50)
    half.write_bytes(half.read_bytes()[:2000])
    with av.open(str(tmp_path / "sound.wav"), "w") as sound:
        track = sound.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=800)
        frame.sample_rate = 8000
        sound.mux(track.encode(frame))
    for name, why in [
        ("text.mp4", "cannot be opened: invalid data"),
        ("empty.mp4", "cannot be opened"),
        ("half.mp4", "cannot be opened"),
        ("sound.wav", "has no video stream; it holds audio"),
    ]:
        with pytest.raises(NoVideo, match=why) as refused:
            open_source(source_of(str(tmp_path / name)))
        assert name in str(refused.value)
    with pytest.raises(UsageError, match="does not exist"):
        source_of(str(tmp_path / "none.mp4"))
    with pytest.raises(UsageError, match="is a folder"):
        source_of(str(tmp_path))
    with pytest.raises(NoVideo, match="camera 93"):
        open_source(source_of("93"))


def test_a_password_in_an_address_is_never_shown():
    with pytest.raises(NoVideo) as refused:
        open_source(source_of("rtsp://ada:secret@127.0.0.1:1/door"))
    assert "rtsp://127.0.0.1:1/door cannot be opened" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.fixture
def broken_camera(tmp_path):
    """A camera over HTTP that hangs up after every film, is away for one connection, and comes three times."""
    film = write_film(tmp_path / "live.ts", [GREY] * 25).read_bytes()
    connections = []

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self):
            connections.append(self.path)
            away = len(connections) == 2 or len(connections) > 4
            self.send_response(503 if away else 200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            if not away:
                self.wfile.write(film)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/door.ts"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_camera_that_hangs_up_is_called_again_and_the_gap_is_told(broken_camera):
    read = Read(broken_camera, patience_s=2)
    assert read.reader.live
    assert len(read.times) == 75
    assert len(read.reader.gaps) == 2
    assert read.times == sorted(read.times)
    (_, back), _ = read.reader.gaps
    assert back == pytest.approx(read.times[25], abs=0.05)
    assert back - read.times[24] > 1.4  # half a second, then a whole one after the refusal
    assert "Connecting again." in read.said
    assert "stayed away for 2 s" in read.said
    assert read.notices.wrong


def test_only_what_changed_is_new():
    changes = ChangeDetector()
    one, other = photo("obama_small.jpg"), photo("obama_and_biden.jpg")
    dot = one.copy()
    dot.paste("white", (0, 0, 20, 20))
    pixel = one.copy()
    pixel.putpixel((3, 3), (255, 255, 255))
    seen = [changes.is_new(image) for image in (one, one, pixel, dot, dot, other, one)]
    assert seen == [True, False, False, True, False, True, True]
