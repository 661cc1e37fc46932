"""The video itself, into the bucket as MP4 while it is recorded."""

from __future__ import annotations

from typing import Any

import av

from src.client.video.notices import Notices
from src.client.video.source import reason
from src.client.video.stream import interval_of
from src.pipeline.errors import FacelaneError
from src.pipeline.stores import Connection
from src.pipeline.stores.multipart import MultipartFile

AS_IT_IS = frozenset({"h264", "hevc", "av1", "mpeg4", "vp9"})  # codecs that MP4 takes and players know
# Fragments can be written without ever going back, and what is there after a crash can be played.
MP4 = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
H264 = {"preset": "veryfast", "crf": "23", "bf": "0"}  # without B-frames the first picture is at zero
BROKEN = (av.error.FFmpegError, OSError, ValueError, FacelaneError)


class Keeper:
    """Writes ``<prefix>.mp4``, and ``<prefix>-2.mp4`` and so on for every later connection of a camera.

    Packets are copied as they are where MP4 takes them, and encoded as H.264 where not. When keeping fails that
    is a notice; the frames go on.
    """

    def __init__(self, connection: Connection, bucket: str, prefix: str, notices: Notices) -> None:
        self._connection = connection
        self._bucket = bucket
        self._prefix = prefix
        self._notices = notices
        self._stream: Any = None
        self._part: _Part | None = None
        self._off = False
        self.kept: list[str] = []

    def begin(self, stream: Any) -> None:
        self._stream = stream

    def write(self, packet: Any, frames: list[Any]) -> None:
        if self._off or (self._part is None and not packet.is_keyframe):
            return
        try:
            if self._part is None:
                number = len(self.kept) + 1
                key = f"{self._prefix}{'' if number == 1 else f'-{number}'}.mp4"
                self._part = _Part(MultipartFile(self._connection, self._bucket, key), self._stream)
            self._part.write(packet, frames)
        except BROKEN as error:
            self._give_up(error)

    def end(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        try:
            part.close()
            self.kept.append(part.file.url)
        except BROKEN as error:
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        self._off = True
        why = str(error).rstrip(".") if isinstance(error, FacelaneError) else reason(error)
        self._notices.say(None, f"The video cannot be kept: {why}. The frames go on.", wrong=True)
        part, self._part = self._part, None
        if part is not None:
            part.abandon()


class _Part:
    """One MP4 file that is being written."""

    def __init__(self, file: MultipartFile, stream: Any) -> None:
        self.file = file
        self._out = av.open(file, "w", format="mp4", options=MP4)
        self._copies = stream.codec_context.name in AS_IT_IS
        if self._copies:
            self._track = self._out.add_stream_from_template(stream)
        else:
            rate = (1 / interval_of(stream)).limit_denominator(1001)
            self._track = self._out.add_stream("libx264", rate=rate, options=H264)
            # H.264's usual 4:2:0 has one colour for two by two pixels.
            self._track.width, self._track.height = stream.width // 2 * 2, stream.height // 2 * 2
            self._track.pix_fmt = "yuv420p"

    def write(self, packet: Any, frames: list[Any]) -> None:
        if not self._copies:
            for frame in frames:
                even = frame.reformat(self._track.width, self._track.height, "yuv420p")
                self._out.mux(self._track.encode(even))
        elif packet.dts is not None and packet.size:
            packet.stream = self._track
            self._out.mux(packet)

    def close(self) -> None:
        if not self._copies:
            self._out.mux(self._track.encode(None))
        self._out.close()
        self.file.close()

    def abandon(self) -> None:
        try:
            self._out.close()
            self.file.abort()
        except BROKEN:
            pass  # what keeps it from being written keeps it from being removed; the bucket's lifecycle does it
