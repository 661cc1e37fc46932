"""One trial: frames through the pipeline while a scenario's faults strike; then calm, redrive, resume, the count."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.faults.clients import Client, until
from benchmarks.faults.frames import Answer, answer_of, expected_of
from benchmarks.faults.injectors import Processes, Repeated, poison
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.weather import Weather
from src.client.ledger import Ledger
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue, ResultTable

QUEUES = ("frame_queue_url", "req_queue_url", "resp_queue_url", "frame_dlq_url", "req_dlq_url")
CUT_S = 10.0
STORM_S = (10.0, 0.2)  # it lasts so long, and so long for each frame, or until all frames are answered
MAX_ROUNDS = 6


@dataclass(frozen=True)
class Scenario:
    """Which faults strike, each at its usual strength."""

    kills: bool = False  # -9 for a function's process, every 3 to 9 s
    hangs: bool = False  # a function's process stops until it is timed out, every 4 to 25 s
    duplicates: bool = False  # every S3 event and every message twice, the second up to 2 s later
    errors: bool = False  # 10 % of all calls: 500, 503 or a throttle; 3 %: done, but the answer is lost
    poison: bool = False  # eight kinds of it in every queue
    cut: bool = False  # no connection to the stack for 10 s
    client_kills: bool = False  # -9 for the client, twice; --resume
    full_disk: bool = False  # no room under out/, then room again; --resume


NAMES = tuple(Scenario.__dataclass_fields__)
ALL = Scenario(**dict.fromkeys(NAMES, True))


class Storm:
    """Repeated faults, ended when the block ends or their time is up, whichever is first."""

    def __init__(self, going: list[Repeated], weather: Weather, seconds: float) -> None:
        self._going, self._weather = going, weather
        self._lock = threading.Lock()
        self.ended_at = 0.0
        self._timer = threading.Timer(seconds, self._end)
        self._timer.start()

    def __enter__(self) -> Storm:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._end()

    def _end(self) -> None:
        with self._lock:
            if not self.ended_at:
                for one in self._going:
                    one.stop()
                self._weather.calm()
                self.ended_at = time.monotonic()


def alone(name: str) -> Scenario:
    return Scenario(**{name: True})


class Trial:
    """direct: settings that reach the stack past the proxy; known: the right answer of each base picture."""

    def __init__(
        self, scenario: Scenario, client: Client, proxy: Proxy, processes: Processes, direct: Settings,
        known: dict[str, Answer], seed: int,
    ) -> None:  # fmt: skip
        self._scenario, self._client, self._proxy, self._processes = scenario, client, proxy, processes
        self._known, self._seed, self._random = known, seed, random.Random(seed)
        self._weather = proxy.weather
        connection = Connection(direct)
        self._queues = {name: Queue(connection, direct.need(name)) for name in QUEUES}
        self._table = ResultTable(connection, direct.need("table"))
        self._real: dict[str, Answer] = {}
        self._changed: set[str] = set()

    def run(self, frames: int) -> dict[str, Any]:
        began = time.monotonic()
        self._weather.injected.clear()
        self._proxy.responses.clear()
        with self._storm(STORM_S[0] + STORM_S[1] * frames) as storm:
            self._through_the_storm(frames)
        calm = storm.ended_at
        before = self._look()
        dead, moved, recovered_at = self._recover()
        recovered_s = max(0.0, recovered_at - calm)
        self._settle()
        after = self._look()
        answers: dict[str, Answer] = self._client.ledger(_answers)
        filenames = {f.request_id: f.filename for f in self._client.ledger(lambda ledger: list(ledger.frames()))}
        run_id = str(self._client.ledger(lambda ledger: ledger.recall("run_id")))
        records = Counter(item["request_id"] for item in self._table.by_run(run_id))
        wrong = [
            f"{filenames[r]}: {answer}"
            for r, answer in answers.items()
            if answer[0] != "failed" and answer != expected_of(filenames[r], self._known)
        ]
        return {
            "faults": [name for name, on in asdict(self._scenario).items() if on],
            "frames": len(filenames),
            "answers": dict(Counter(status for status, _ in answers.values())),
            "lost": len(filenames) - len(answers),
            "answered_twice": len(self._changed) + sum(count > 1 for count in records.values()),
            "wrong": len(wrong),
            "wrong_frames": wrong[:10],
            "dead_lettered": dead + moved,
            "dead_lettered_poison": dead,
            "failed_or_missing_after_the_storm": before["failed"] + before["missing"],
            "recovered": before["failed"] + before["missing"] - after["failed"] - after["missing"],
            "seconds_in_the_storm": round(calm - began, 1),
            "seconds_to_recover": round(recovered_s, 1),
            "client_starts": self._client.starts,
            "responses_sent_again": sum(count - 1 for count in self._proxy.responses.values()),
            "injected": {name: count for name, count in sorted(self._weather.injected.items()) if count},
        }

    def _storm(self, seconds: float) -> Storm:
        s, weather, going = self._scenario, self._weather, []
        if s.kills:
            going.append(partial(Repeated, self._processes.kill_one, (3, 9), self._seed))
        if s.hangs:
            going.append(partial(Repeated, self._processes.stop_one, (4, 25), self._seed + 1))
        if s.poison:
            poison([self._queues[name] for name in QUEUES[:3]], weather.injected)
        if s.cut:
            going.append(partial(Repeated, self._cut_once, (5, 8), self._seed + 2))
        weather.errors, weather.lost_replies = (0.1, 0.03) if s.errors else (0.0, 0.0)
        weather.duplicates = 1.0 if s.duplicates else 0.0
        return Storm([begin() for begin in going], weather, seconds)

    def _cut_once(self) -> None:
        if not self._weather.injected["cuts"]:
            self._weather.injected["cuts"] += 1
            self._weather.cut(CUT_S)

    def _through_the_storm(self, frames: int) -> None:
        client, s = self._client, self._scenario
        if s.full_disk:
            client.start(room=30_000 + 250 * frames)
            self._weather.injected["full_disks"] += "Make room." in client.said
            self._look()
        for _ in range(2 if s.client_kills else 0):
            client.start(kill_after_s=self._random.uniform(2, 2 + frames / 50))
            self._weather.injected["client_kills"] += 1
            self._look()
        for _ in range(MAX_ROUNDS):
            client.start()
            if self._look()["missing"] == 0:
                return

    def _recover(self) -> tuple[int, int, float]:
        """Redrive and resume until every frame has a real answer: messages that stay dead, those moved, and when."""
        left = moved_in_all = 0
        recovered_at = None
        for round_ in range(MAX_ROUNDS):
            found = self._look()
            if not found["failed"] and not found["missing"]:
                recovered_at = recovered_at or time.monotonic()
                if round_:
                    break
            until(self._is_quiet, 120)
            moved, left = self._client.redrive()
            moved_in_all += moved
            self._client.start()
        return left, moved_in_all, recovered_at or time.monotonic()

    def _is_quiet(self) -> bool:
        live = (self._queues["frame_queue_url"], self._queues["req_queue_url"])
        return all(queue.depth() == 0 for queue in live)

    def _settle(self) -> None:
        """What is still under way may change nothing any more; then empty queues for the next trial."""
        until(self._is_quiet, 120)
        for queue in self._queues.values():
            queue.purge()

    def _look(self) -> Counter[str]:
        """Count, and notice every real answer that is another than before."""
        if self._client.run_file is None:
            return Counter(missing=1)
        answers = self._client.ledger(_answers)
        for request_id, answer in answers.items():
            if answer[0] != "failed" and self._real.setdefault(request_id, answer) != answer:
                self._changed.add(request_id)
        found = Counter(self._client.ledger(lambda ledger: ledger.counts()))
        print(f"  {time.strftime('%H:%M:%S')} {dict(found)} {dict(self._weather.injected)}", file=sys.stderr)
        return found


def _answers(ledger: Ledger) -> dict[str, Answer]:
    return {frame.request_id: answer_of(frame.answer) for frame in ledger.frames() if frame.answer is not None}


def new_client(record: Path, frames: Path, out: Path) -> Client:
    return Client(record, frames, out, timeout_s=40)
