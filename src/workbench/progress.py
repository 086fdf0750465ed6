"""How far long work is: told to whoever listens, and to nobody in a run."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Listener = Callable[[str, int, int], None]
"""Is told the key of a text that says what is done, how many steps are done, and of how many."""
_listeners: list[Listener] = []
_depth = [0]


def listen(listener: Listener | None) -> None:
    """Tell `listener` from now on, and nobody before it; None tells nobody."""
    _listeners[:] = [listener] if listener else []


def steps(items: Sequence[Item], key: str) -> Iterator[Item]:
    """Give `items`, one step of long work each, telling how many are done.

    Work within such work is part of its step: the outermost tells alone.

    Parameters
    ----------
    items : sequence
        What the work goes through.
    key : str
        Key of the text that says what is done.
    """
    _depth[0] += 1
    done = 0
    try:
        for each in items:
            _tell(key, done, len(items))
            yield each
            done += 1
    finally:
        if _depth[0] == 1:
            _tell(key, len(items), len(items))
        _depth[0] -= 1


def _tell(key: str, done: int, of: int) -> None:
    if _depth[0] == 1:
        for listener in _listeners:
            listener(key, done, of)
