"""What notebooks need of one another: who provides it, and whether there is an order to run in."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from workbench.errors import ParameterError
from workbench.report import parameters


def upstream(
    needs: Mapping[str, Iterable[str]], provides: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, str]]:
    """Return, for each notebook, what it needs and the notebook that provides it.

    Parameters
    ----------
    needs, provides : mapping of notebook to names
        What each needs, and what each provides besides its own name.

    Raises
    ------
    ParameterError
        Nothing provides what is needed, two provide the same, or notebooks need each other in a
        circle.
    """
    known = _providers(needs, provides)
    found: dict[str, dict[str, str]] = {}
    for notebook, wanted in needs.items():
        for name in wanted:
            if name not in known:
                raise ParameterError(
                    f"{notebook!r} needs {name!r}, which nothing provides; "
                    f"{parameters.meant(name, known)}"
                )
        found[notebook] = {name: known[name] for name in wanted}
    try:
        TopologicalSorter({name: own.values() for name, own in found.items()}).prepare()
    except CycleError as error:
        path = " → ".join(reversed(error.args[1]))
        raise ParameterError(f"notebooks need each other in a circle: {path}") from None
    return found


def together(needs: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return groups of notebooks that need nothing of one another, in the order of `needs`.

    Parameters
    ----------
    needs : mapping of notebook to notebooks
        Which notebooks each one needs.
    """
    group = {name: name for name in needs}
    for name, wanted in needs.items():
        for other in wanted:
            old, new = group[name], group[other]
            group = {each: new if own == old else own for each, own in group.items()}
    return [
        [name for name in needs if group[name] == first] for first in dict.fromkeys(group.values())
    ]


def _providers(
    needs: Mapping[str, Iterable[str]], provides: Mapping[str, Iterable[str]]
) -> dict[str, str]:
    known: dict[str, str] = {}
    for notebook in needs:
        for name in dict.fromkeys([notebook, *provides[notebook]]):
            if name in known:
                raise ParameterError(
                    f"both {known[name]!r} and {notebook!r} provide {name!r}; let one do it"
                )
            known[name] = notebook
    return known
