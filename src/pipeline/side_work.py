"""Waiting for stores beside work on the processor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
THREADS = 4  # stores are mostly waited for, and one function has a few of their calls under way at most


def side_pool() -> ThreadPoolExecutor:
    """Threads for calls of stores. Who submits one also awaits it: Lambda stops a function between two events."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="side")


def one_ahead(
    pool: ThreadPoolExecutor, fetch: Callable[[Given], Made], things: Iterable[Given]
) -> Iterator[tuple[Given, Future[Made]]]:
    """Each thing with its ``fetch`` under way, and always the next one's too, so that two at most are in memory."""
    begun: deque[tuple[Given, Future[Made]]] = deque()
    for thing in things:
        begun.append((thing, pool.submit(fetch, thing)))
        if len(begun) > 1:
            yield begun.popleft()
    yield from begun


def failed(error: Exception) -> Future[Any]:
    """What has failed already, in the form of what is under way."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
