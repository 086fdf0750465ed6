"""What a notebook's parameters cell declares, and how text from outside becomes values.

The cell is read, never executed, and nothing heavy is imported: a mistyped name or a value out of
range is refused in well under a second, before any kernel starts.
"""

import ast
import io
import json
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import Field, TypeAdapter, ValidationError

from workbench import parameters as aliases
from workbench.errors import ParameterError

PLAIN: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": Annotated[float, Field(allow_inf_nan=False)],
    "bool": bool,
}
SHOWN = 60
"""How many characters of a wrong value an error repeats."""


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: `name: written = default  # meaning`.

    Attributes
    ----------
    name, written, meaning : str
        The name, the type as it stands in the cell, and the comment behind it.
    kind : type
        What pydantic checks a value against.
    default : object
        The value in force when none is given.
    """

    name: str
    written: str
    kind: Any
    default: object
    meaning: str

    def from_text(self, text: str) -> object:
        """Return the value that `text`, such as a command-line option, stands for."""
        try:
            return _from_text(self.kind, text)
        except ValidationError as error:
            raise self._refused(text, _reason(error)) from None
        except ValueError as error:
            raise self._refused(text, str(error)) from None

    def checked(self, value: object) -> object:
        """Return `value`, which already has a type, such as one of a pack file."""
        try:
            return TypeAdapter(self.kind).validate_python(value, strict=True)
        except ValidationError as error:
            raise self._refused(value, _reason(error)) from None

    def _refused(self, value: object, reason: str) -> ParameterError:
        found = repr(value)
        short = found if len(found) <= SHOWN else found[: SHOWN - 1] + "…"
        return ParameterError(
            f"parameter {self.name!r} is {short}; expected {self.written}: {reason}"
        )


def declared(notebook: Path) -> dict[str, Parameter]:
    """Return the parameters that `notebook` declares, by name and in order.

    Raises
    ------
    ParameterError
        The file is not a notebook, its cell is not plain declarations, or a type is not supported.
    """
    source = _cell(notebook)
    try:
        tree = ast.parse(source)
        names = _names(tree)
        meanings = _comments(source)
        found = {
            name: Parameter(name, ast.unparse(kind), _kind(kind, names), value, meanings[line])
            for name, kind, value, line in _lines(tree, meanings)
        }
        for parameter in found.values():
            parameter.checked(parameter.default)
    except (ValueError, SyntaxError, tokenize.TokenError) as error:
        raise ParameterError(f"{notebook.name}: the parameters cell: {error}") from None
    except ParameterError as error:
        raise ParameterError(f"{notebook.name}: the parameters cell: {error}") from None
    return found


def parse(notebook: Path, pairs: Mapping[str, str]) -> dict[str, object]:
    """Turn text, such as command-line options, into the types `notebook` declares.

    Raises
    ------
    ParameterError
        A name is unknown, or a value has the wrong type or is out of range.
    """
    known = declared(notebook)
    return {name: one(known, name, notebook.stem).from_text(pairs[name]) for name in pairs}


def one(known: Mapping[str, Parameter], name: str, where: str) -> Parameter:
    """Return the parameter called `name`, or stop and say which one may have been meant."""
    if name in known:
        return known[name]
    raise ParameterError(f"{where} has no parameter {name!r}; {meant(name, known)}")


def meant(name: str, known: Iterable[str]) -> str:
    """Return "did you mean …?", or all there is to choose from."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names) or 'none'}"


def _cell(notebook: Path) -> str:
    """Return the source of the cell tagged `parameters`; a notebook without one has none."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
    except OSError as error:
        raise ParameterError(f"cannot read {notebook}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise ParameterError(f"{notebook} is not a notebook") from None
    for cell in cells:
        if "parameters" in cell.get("metadata", {}).get("tags", []):
            return "".join(cell["source"])
    return ""


def _names(tree: ast.Module) -> dict[str, Any]:
    """Return the types a declaration may name: plain ones and the aliases imported in the cell."""
    imported = [
        (alias.asname or alias.name, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == aliases.__name__
        for alias in node.names
    ]
    for _, name in imported:
        if get_origin(getattr(aliases, name, None)) is not Annotated:
            raise ValueError(f"{aliases.__name__} has no type {name!r}")
    return {**PLAIN, **{own: getattr(aliases, name) for own, name in imported}}


def _lines(
    tree: ast.Module, meanings: Mapping[int, str]
) -> list[tuple[str, ast.expr, object, int]]:
    found: list[tuple[str, ast.expr, object, int]] = []
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            raise ValueError(f"line {node.lineno} is not `name: type = default  # meaning`")
        end = node.end_lineno or node.lineno
        if node.value is None or end not in meanings:
            lacks = "default" if node.value is None else "meaning (a comment behind it)"
            raise ValueError(f"{node.target.id!r} has no {lacks}")
        found.append((node.target.id, node.annotation, ast.literal_eval(node.value), end))
    return found


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _kind(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return the type an annotation stands for, without evaluating it as code."""
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        if node.value.id == "list":
            return list[_kind(node.slice, names)]  # type: ignore[misc]
        if node.value.id == "Literal":
            choices = ast.literal_eval(node.slice)
            return Literal[choices if isinstance(choices, tuple) else (choices,)]
    known = ", ".join([*names, "Literal[…]", "list[…]"])
    raise ValueError(f"type {ast.unparse(node)} is not supported; supported are {known}")


def _from_text(kind: Any, text: str) -> object:
    if get_origin(kind) is list:
        return [_from_text(get_args(kind)[0], item) for item in _items(text)]
    if get_origin(kind) is Literal:
        choices = {str(choice): choice for choice in get_args(kind)}
        if text not in choices:
            raise ValueError(meant(text, choices))
        return choices[text]
    return TypeAdapter(kind).validate_strings(text, strict=True)


def _items(text: str) -> list[str]:
    """Return the items of a list: a JSON list, or text separated by commas."""
    if text.lstrip().startswith("["):
        return [item if isinstance(item, str) else json.dumps(item) for item in json.loads(text)]
    return [item.strip() for item in text.split(",")] if text.strip() else []


def _reason(error: ValidationError) -> str:
    message = error.errors()[0]["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return message[0].lower() + message[1:]
