"""Matrix products, and trees, on one thread: the same bytes everywhere, no waiting for cores."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
T = TypeVar("T")


def one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Let `function` use one thread for matrix products, and give the others back afterwards.

    The order in which a product is summed depends on the number of threads, and with it the last
    digit of every estimate. The products of clustering are also too small to share.
    """

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        with _controller().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return alone


@contextmanager
def trees_alone() -> Iterator[None]:
    """Let scikit-learn's trees use one thread, and give the others back afterwards.

    A tree of a few leaves is hundreds of short loops, and OpenMP's threads wait for one another at
    the end of each by turning: on a machine that is busy otherwise that costs many times the work.
    """
    # Its library has to be there before libraries are listed.
    import sklearn.ensemble  # noqa: F401

    with ThreadpoolController().limit(limits=1):
        yield


@cache
def _controller() -> ThreadpoolController:
    # scipy brings a library of its own, which must be there before libraries are listed.
    import scipy.linalg  # noqa: F401

    return ThreadpoolController()
