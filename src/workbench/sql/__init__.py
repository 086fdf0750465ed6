"""Named queries in one portable subset of SQL."""

import re
from importlib.resources import files


def text(name: str) -> str:
    """Return the query `name`, such as `credit_cases` or `checks/balance_step`."""
    return files(__name__).joinpath(f"{name}.sql").read_text("utf-8")


def parameters(query: str) -> set[str]:
    """Return the names that `query` takes: what follows a `$` outside comments."""
    return set(re.findall(r"\$([a-z_0-9]+)", re.sub(r"--.*", "", query)))


def names(folder: str) -> list[str]:
    """Return the names of the queries in `folder`, such as `checks`, in alphabetical order."""
    found = files(__name__).joinpath(folder).iterdir()
    return sorted(path.name.removesuffix(".sql") for path in found if path.name.endswith(".sql"))
