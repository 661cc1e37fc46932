"""Work on many things with several threads, in order, with only a few of them in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(work: Callable[[Given], Made], things: Iterable[Given]) -> Iterator[Made]:
    """What ``map(work, things)`` gives, made by a thread per processor, a few things ahead of who asks."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, thread_name_prefix="ahead") as pool:
        made: deque[Future[Made]] = deque()
        try:
            for thing in things:
                made.append(pool.submit(work, thing))
                if len(made) > 2 * workers:
                    yield made.popleft().result()
            while made:
                yield made.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
