import threading

import pytest

from src.pipeline.side_work import failed, one_ahead, side_pool


def test_the_next_one_is_fetched_while_one_is_worked_on_and_no_more_than_that():
    begun: list[int] = []
    second = threading.Event()

    def fetch(number: int) -> int:
        begun.append(number)
        if number == 2:
            second.set()
        return number * 10

    with side_pool() as pool:
        for number, fetching in one_ahead(pool, fetch, [1, 2, 3, 4]):
            assert fetching.result() == number * 10
            if number == 1:
                assert second.wait(10)
            assert max(begun) <= number + 1
    assert begun == [1, 2, 3, 4]


def test_a_fetch_that_fails_fails_where_it_is_asked_for():
    def fetch(number: int) -> float:
        return 1 / number

    with side_pool() as pool:
        (_, one), (_, none) = one_ahead(pool, fetch, [1, 0])
        assert one.result() == 1
        with pytest.raises(ZeroDivisionError):
            none.result()
        assert list(one_ahead(pool, fetch, [])) == []


def test_what_has_failed_raises_its_error():
    with pytest.raises(ValueError, match="why"):
        failed(ValueError("why")).result()
