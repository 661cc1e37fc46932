"""Hostile input: mutated real pictures, events and messages, each of which must end in a result or in its own error.

``python -m benchmarks.fuzz --inputs 100000 --seed 1 --json FILE``. The inputs run one after another in a process of
their own, so that a crash of a decoder or an input that hangs is found, named and gone past. Input n of a seed is
always the same: ``--only n`` runs that one again, with its traceback, and ``--save FILE`` keeps it.
Exit code 1 when anything crashed, hung, escaped as another error, or took more memory than the function has.
"""

from __future__ import annotations

import argparse
import faulthandler
import heapq
import json
import multiprocessing
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from tqdm import tqdm

from src.pipeline.contracts import Request, Response, dumps, loads
from src.pipeline.crop_codec import from_text, pack, to_text, unpack
from src.pipeline.errors import ContractError, GalleryError, HttpRefusal, InvalidFrame
from src.pipeline.events import frames_in_s3_event, frames_in_sqs_record, is_sqs, is_url_call, receive_count
from src.pipeline.gallery import Gallery
from src.pipeline.http_call import HttpCall
from src.pipeline.images import decode_frame
from src.pipeline.posted import PostedFrame
from src.pipeline.settings import Settings
from tests.mutations import mutated_bytes, mutated_json, mutated_picture

SETTINGS = Settings()
HANG_S = SETTINGS.function_timeout_s
MEMORY_LIMIT_MB = SETTINGS.detection_memory_mb
CHUNK = 500
SLOWEST = 10
EVENTS = {path.stem: json.loads(path.read_text()) for path in Path("tests/events").glob("*.json")}
CROPS = pack(np.random.default_rng(0).integers(0, 256, (2, 20, 20, 3), dtype=np.uint8))
GALLERY = Gallery("dlib", ("a", "b"), np.arange(2, dtype=np.int32), np.zeros((2, 128), np.float32)).to_bytes()
FACE = {"box": [1, 2, 3.5, 4], "score": 0.9, "landmarks": [[1, 2]] * 5}
REQUEST = {"request_id": "a", "run_id": "b", "filename": "ü.jpg", "image_size": [3, 4], "faces": [FACE, FACE],
           "crops": to_text(CROPS), "timings": {"decode_s": 1, "cold_detection": True}}  # fmt: skip
RESPONSE = {"request_id": "a", "run_id": "b", "filename": "ü.jpg", "status": "recognized", "model": "dlib",
            "faces": [{"name": "x", "distance": 0.3, "box": [1, 2, 3, 4], "score": 0.9}], "timings": {}}  # fmt: skip


CALL = EVENTS["url_post"]
FRAME = {"request_id": "a", "run_id": "b", "filename": "ü.jpg", "content": to_text(b"\xff\xd8 a picture")}


@dataclass(frozen=True)
class Target:
    """share: of the inputs, relative to the others'. make: an input; take: what must bear it."""

    share: int
    make: Callable[[Random], Any]
    take: Callable[[Any], object]


def _text(random: Random, value: Any) -> str:
    return mutated_bytes(random, json.dumps(value).encode()).decode("utf-8", "surrogateescape")


def _sqs_record(random: Random) -> Any:
    body = json.dumps(mutated_json(random, EVENTS["s3_put"])) if random.random() < 0.5 else _text(random, RESPONSE)
    record = EVENTS["sqs"]["Records"][0] | {"body": body}
    return mutated_json(random, record) if random.random() < 0.5 else record


def _any_event(random: Random) -> dict[str, Any]:
    event = mutated_json(random, random.choice(list(EVENTS.values())))
    return event if isinstance(event, dict) else {"Records": event}  # the runtime hands over objects only


def _read_gallery(data: bytes) -> Gallery:
    return Gallery.from_bytes(data, model="dlib", source="it")


def _call(random: Random) -> Any:
    frame = mutated_json(random, FRAME) if random.random() < 0.5 else FRAME
    body = json.dumps(frame) if random.random() < 0.5 else _text(random, frame)
    return mutated_json(random, CALL | {"body": body})


def _read_call(event: Any) -> PostedFrame:
    call = HttpCall.parse(event if isinstance(event, dict) else CALL)
    call.only("POST")
    call.seconds("wait")
    return PostedFrame.read(call.json_object(), max_bytes=SETTINGS.max_frame_bytes)


TARGETS = {
    "picture": Target(70, mutated_picture, lambda data: decode_frame(data, SETTINGS)),
    "s3 event": Target(5, lambda r: mutated_json(r, EVENTS["s3_put"]), frames_in_s3_event),
    "sqs record": Target(5, _sqs_record, lambda record: (frames_in_sqs_record(record), receive_count(record))),
    "kind of event": Target(2, _any_event, lambda event: (is_sqs(event), is_url_call(event))),
    "call by HTTP": Target(5, _call, _read_call),
    "request": Target(4, lambda r: mutated_json(r, REQUEST), lambda v: dumps(Request.from_json(v).to_json())),
    "response": Target(4, lambda r: mutated_json(r, RESPONSE), lambda v: dumps(Response.from_json(v).to_json())),
    "message text": Target(3, lambda r: _text(r, RESPONSE), lambda text: Response.from_json(loads(text))),
    "crops": Target(3, lambda r: mutated_bytes(r, CROPS), lambda data: unpack(data, side=20, faces=2)),
    "crops text": Target(2, lambda r: _text(r, REQUEST["crops"]), from_text),
    "gallery": Target(2, lambda r: mutated_bytes(r, GALLERY), _read_gallery),
}  # fmt: skip
EXPECTED = (InvalidFrame, ContractError, GalleryError, HttpRefusal)


@dataclass
class Tally:
    """What became of the inputs so far. slowest: (seconds, input, target)."""

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    escaped: list[dict[str, Any]] = field(default_factory=list)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)
    rss_mb: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.ends += other.ends
        self.escaped += other.escaped
        self.slowest = heapq.nlargest(SLOWEST, self.slowest + other.slowest)
        self.rss_mb += other.rss_mb


def input_of(seed: int, number: int) -> tuple[str, Any]:
    """(target's name, input)."""
    random = Random(f"{seed}/{number}")
    (name,) = random.choices(list(TARGETS), [target.share for target in TARGETS.values()])
    return name, TARGETS[name].make(random)


def run_chunk(seed: int, numbers: range, skip: set[int], at: Any) -> Tally:
    """Take the inputs one by one; at.value says which one it is on."""
    tally = Tally()
    for number in sorted(set(numbers) - skip):
        at.value = number
        name, thing = input_of(seed, number)
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        begin = time.perf_counter()
        try:
            TARGETS[name].take(thing)
            end = "accepted"
        except EXPECTED:
            end = "refused"
        except Exception as error:  # exactly what this looks for
            end = "escaped"
            tally.escaped.append({"input": number, "target": name, "error": repr(error)[:200]})
        tally.slowest.append((time.perf_counter() - begin, number, name))
        tally.ends[name, end] += 1
        faulthandler.cancel_dump_traceback_later()
    tally.slowest = heapq.nlargest(SLOWEST, tally.slowest)
    tally.rss_mb.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    return tally


def work(seed: int, begin: int, end: int, skip: set[int], at: Any, results: Connection) -> None:
    """The process that takes the inputs. What the decoders' C libraries say on stderr is not wanted."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for start in range(begin, end, CHUNK):
        results.send((start, run_chunk(seed, range(start, min(start + CHUNK, end)), skip, at)))
    results.close()


def fuzz(seed: int, inputs: int) -> tuple[Tally, list[dict[str, Any]]]:
    """Everything that happened, and the inputs that ended the process, by crash or by hanging."""
    context = multiprocessing.get_context("spawn")
    total, crashes, done = Tally(), [], 0
    with tqdm(total=inputs, unit="input", mininterval=1) as bar:
        while done < inputs:
            receive, send = context.Pipe(duplex=False)
            at = context.Value("q", done)
            skip = {crash["input"] for crash in crashes}
            process = context.Process(target=work, args=(seed, done, inputs, skip, at, send))
            process.start()
            send.close()
            try:
                while True:
                    start, tally = receive.recv()
                    total.add(tally)
                    done = min(start + CHUNK, inputs)
                    bar.update(done - bar.n)
            except EOFError:
                process.join()
            if process.exitcode:
                name, _ = input_of(seed, at.value)
                crashes.append({"input": at.value, "target": name, "exit_code": process.exitcode})
    return total, crashes


def report(seed: int, inputs: int, seconds: float, tally: Tally, crashes: list[dict[str, Any]]) -> dict[str, Any]:
    by_target: dict[str, dict[str, int]] = {name: {} for name in TARGETS}
    for (name, end), count in sorted(tally.ends.items()):
        by_target[name][end] = count
    peak = max(tally.rss_mb, default=0)
    return {
        "seed": seed,
        "inputs": inputs,
        "ended": sum(tally.ends.values()),
        "seconds": round(seconds, 1),
        "targets": by_target,
        "escaped": tally.escaped,
        "crashed_or_hung": crashes,
        "slowest": [{"seconds": round(s, 4), "input": n, "target": name} for s, n, name in tally.slowest],
        "peak_rss_mb": peak,
        "rss_mb_after_first_chunk": tally.rss_mb[0] if tally.rss_mb else 0,
        "ok": not tally.escaped and not crashes and peak <= MEMORY_LIMIT_MB,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--only", type=int, metavar="N", help="run input N alone, in this process")
    parser.add_argument("--save", type=Path, help="with --only: write the input there")
    args = parser.parse_args()
    if args.only is not None:
        name, thing = input_of(args.seed, args.only)
        print(f"input {args.only} of seed {args.seed}: {name}")
        if args.save:
            args.save.write_bytes(thing if isinstance(thing, bytes) else json.dumps(thing).encode())
        print(TARGETS[name].take(thing))
        return 0
    begin = time.perf_counter()
    tally, crashes = fuzz(args.seed, args.inputs)
    figures = report(args.seed, args.inputs, time.perf_counter() - begin, tally, crashes)
    text = json.dumps(figures, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
