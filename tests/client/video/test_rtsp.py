"""A real RTSP session: another process plays the camera, and hangs up once."""

import socket
import subprocess
import sys
import threading

import pytest

from src.client.video.notices import Notices
from src.client.video.reader import Reader
from src.client.video.source import Source
from tests.films import photo, write_film

CAMERA = """
import sys, time
import av

def connected(url):
    for _ in range(100):
        try:
            door = av.open(url, "w", format="rtsp", options={"rtsp_transport": "tcp"})
            track = door.add_stream_from_template(film.streams.video[0])
            door.start_encoding()
            return door, track
        except OSError:
            time.sleep(0.1)
    raise SystemExit("Nobody listens.")

for _ in range(2):
    with av.open(sys.argv[1]) as film:
        door, track = connected(sys.argv[2])
        for packet in film.demux(video=0):
            if packet.dts is not None:
                packet.stream = track
                door.mux(packet)
                time.sleep(0.02)
        door.close()
"""


def test_every_frame_of_both_connections_comes_and_the_gap_is_told(tmp_path):
    film = write_film(tmp_path / "film.mp4", [photo("obama_small.jpg", (320, 240))] * 50)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"rtsp://127.0.0.1:{probe.getsockname()[1]}/door"
    camera = subprocess.Popen([sys.executable, "-c", CAMERA, str(film), address])
    try:
        # The camera calls us: FFmpeg has no RTSP server that could be called.
        options = {"rtsp_flags": "listen", "listen_timeout": "20", "rtsp_transport": "tcp"}
        notices, stop = Notices(), threading.Event()
        reader = Reader(Source(address, address, "door", options=options), notices, stop, patience_s=60)
        times = []
        for moment in reader.moments():
            times.append(float(moment.time_s))
            if len(times) == 100:
                stop.set()
    finally:
        camera.kill()
        camera.wait()
    assert reader.live
    assert len(times) == 100
    assert times == sorted(times)
    assert times[49] == pytest.approx(49 / 25, abs=0.1)
    ((lost, back),) = reader.gaps
    assert (lost, back) == (pytest.approx(times[49], abs=0.01), pytest.approx(times[50], abs=0.01))
    assert "is away" in notices.to_json()[0]["text"]
