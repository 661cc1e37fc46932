import pytest

from src.aws.resources.function import threads_of


@pytest.mark.parametrize(("memory", "threads"), [(128, 1), (1769, 1), (2700, 2), (3538, 2), (8845, 5), (10_240, 6)])
def test_a_function_has_a_thread_for_each_vcpu_its_memory_buys(memory, threads):
    assert threads_of(memory) == dict.fromkeys(("FACELANE_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
