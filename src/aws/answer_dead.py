"""``failed`` for frames that were given up and have no answer: no client watches those that come by HTTP."""

from __future__ import annotations

from src.client.whereabouts import Dead, Whereabouts
from src.pipeline.answers import Answers
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue, ResultTable


def answer_dead(settings: Settings) -> list[Dead]:
    """Record and send ``failed`` for each dead-lettered frame of any run that has no record; those frames.

    The messages stay, to be redriven. Raises NotFound, StorageUnavailable and StorageRefused.
    """
    connection = Connection(settings)
    answers = Answers(
        ResultTable(connection, settings.need("table")),
        Queue(connection, settings.need("resp_queue_url")),
        keep_days=settings.record_days,
    )
    found = Whereabouts(connection, settings).dead(all_of_them=True)
    return [dead for dead in found if answers.finish(dead.answer())]
