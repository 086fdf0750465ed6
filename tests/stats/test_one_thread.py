"""Trees learnt on one thread, and the threads given back."""

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from workbench.stats.one_thread import trees_alone


def test_trees_use_one_thread_and_give_the_others_back():
    pytest.importorskip("sklearn.ensemble")

    def threads():
        return {own["num_threads"] for own in threadpool_info() if own["user_api"] == "openmp"}

    with threadpool_limits(2):
        assert threads() == {2}
        with trees_alone():
            assert threads() == {1}
        assert threads() == {2}
