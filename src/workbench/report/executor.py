"""Where notebooks are executed: threads of this process, or any executor somebody else makes."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from importlib import import_module

from workbench.errors import ParameterError


def opened(maker: str | None, at_once: int) -> Executor:
    """Return what takes the jobs: `at_once` threads, or what `maker` makes.

    Threads are enough on one machine: papermill waits on sockets, and the kernels are processes.

    Parameters
    ----------
    maker : str or None
        `module:factory`; the factory takes nothing and returns an open
        `concurrent.futures.Executor`. Its workers must see the same folders as this process.

    Raises
    ------
    ParameterError
        The factory makes something else.
    """
    if maker is None:
        return ThreadPoolExecutor(max_workers=at_once)
    made = _factory(maker)()
    if not isinstance(made, Executor):
        raise ParameterError(
            f"--executor {maker!r} makes a {type(made).__name__}; expected a "
            "concurrent.futures.Executor"
        )
    return made


def require(maker: str | None) -> None:
    """Refuse an executor that cannot be found.

    Raises
    ------
    ParameterError
        There is no such module or factory.
    """
    if maker is not None:
        _factory(maker)


def _factory(maker: str) -> Callable[[], object]:
    module, _, name = maker.partition(":")
    try:
        found: Callable[[], object] = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise ParameterError(f"--executor is {maker!r}; expected module:factory: {error}") from None
    if not callable(found):
        raise ParameterError(f"--executor is {maker!r}; expected module:factory, a function")
    return found
