"""`form(notebook)`: the parameters of a notebook as a form, checked by the runner's own rules.

The form talks to the notebook's kernel over the server it came from, and to nobody else.
"""

import json
import shlex
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from typing import Any

from workbench import live, settings, text
from workbench.errors import ParameterError
from workbench.lab.fields import Field
from workbench.report import parameters

TARGET = "workbench.form"
_chosen: dict[str, dict[str, str]] = {}
"""What was set by forms in this kernel, by notebook: running all cells again keeps it."""


def form(notebook: str) -> None:
    """Show the parameters of `notebook` as a form that sets them here.

    Put it in a cell below the parameters cell. Each field says what the parameter means and what it
    may be, and a wrong value is named as it is typed, by the check that `workbench run` makes. The
    button sets the parameters in this notebook; run the cells below for the results. What was set
    is set again when the cell is run again, and the command below the fields does the same without
    a form. In a run, and wherever nobody sits in front of the notebook, it does nothing.

    Parameters
    ----------
    notebook : str
        Name of a notebook of the project, such as `"risk-calibration"`.

    Raises
    ------
    ParameterError
        There is no such notebook, or it declares no parameters.

    Examples
    --------
    >>> form("risk-calibration")  # doctest: +SKIP
    """
    fields = declared(notebook)
    if not live.is_live():
        return
    namespace = live.shell().user_ns
    chosen = _chosen.get(notebook, {})
    for name, written in chosen.items():
        namespace[name] = fields[name].parameter.from_text(written)
    _listen()
    now = {
        name: chosen.get(name) or field.written(namespace.get(name, field.parameter.default))
        for name, field in fields.items()
    }
    from IPython.display import HTML, display

    display(HTML(page(notebook, fields, now)))  # type: ignore[no-untyped-call]


def declared(notebook: str) -> dict[str, Field]:
    """Return the parameters of the notebook as fields, by name and in order."""
    stem = Path(notebook).stem
    folder = settings.home() / "notebooks"
    known = [path.stem for path in sorted(folder.glob("*.ipynb"))]
    if stem not in known:
        raise ParameterError(f"there is no notebook {notebook!r}; {parameters.meant(stem, known)}")
    found = parameters.declared(folder / f"{stem}.ipynb")
    if not found:
        raise ParameterError(f"{stem} declares no parameters; run it as it is")
    return {name: Field(stem, each) for name, each in found.items()}


def answer(asked: Mapping[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Return what the form is told about the values it `asked` about; set them where it wants that.

    Parameters
    ----------
    asked : mapping
        `notebook`, `values` as text by name, `language`, and `apply`: whether to set them.
    namespace : dict
        Of the notebook. Nothing is set unless all values are right.

    Returns
    -------
    dict
        `errors` by name, the `command` that does the same, and whether it was `applied`.
    """
    with text.spoken(text.checked(asked["language"])):
        fields = declared(asked["notebook"])
        values = {name: str(value) for name, value in asked["values"].items() if name in fields}
        errors = {name: said for name in values if (said := fields[name].wrong(values[name]))}
        applied = bool(asked["apply"]) and not errors
        if applied:
            for name, written in values.items():
                namespace[name] = fields[name].parameter.from_text(written)
            _chosen[asked["notebook"]] = values
        shown = "" if errors else command(asked["notebook"], fields, values)
        return {"errors": errors, "command": shown, "applied": applied}


def command(notebook: str, fields: Mapping[str, Field], values: Mapping[str, str]) -> str:
    """Return the command that runs `notebook` with `values`; defaults are left out."""
    words = ["workbench", "run", notebook]
    for name, written in values.items():
        field = fields[name]
        if field.parameter.from_text(written) != field.parameter.default:
            words += ["-p", name, written]
    return shlex.join(words)


def page(notebook: str, fields: Mapping[str, Field], now: Mapping[str, str]) -> str:
    """Return the form as HTML with its script; `now` is what stands in the fields at first."""
    name = f"wb-{token_hex(6)}"
    rows = "".join(_row(f"{name}-{each}", field, now[each]) for each, field in fields.items())
    told = {
        "notebook": notebook,
        "target": TARGET,
        "kernel": _kernel(),
        "language": text.language(),
        "say": {key: text.say(f"form.{key}") for key in ("set", "silent", "mend")},
    }
    return (
        f'<form id="{name}" class="workbench-form" data-told="{escape(json.dumps(told))}">'
        f"<style>{_asset('form.css')}</style><table>{rows}</table>"
        f'<p><button type="submit">{escape(text.say("form.apply"))}</button> '
        '<span data-said role="status"></span></p>'
        f"<p>{escape(text.say('form.command'))}<br><code data-command>"
        f"{escape(command(notebook, fields, now))}</code></p></form>"
        f"<script>{_asset('form.js').replace('NAME', name)}</script>"
    )


def _row(mark: str, field: Field, now: str) -> str:
    label = f'<label for="{mark}"><code>{escape(field.name)}</code></label>'
    about = f"{escape(field.meaning())}<br><small>{escape(field.expected())}</small>"
    wrong = f'<span class="wrong" data-wrong="{escape(field.name)}" role="alert"></span>'
    return f"<tr><td>{label}</td><td>{_input(mark, field, now)}{wrong}</td><td>{about}</td></tr>"


def _input(mark: str, field: Field, now: str) -> str:
    own = f'id="{mark}" name="{escape(field.name)}"'
    if field.kind == "choice":
        options = "".join(
            f"<option{' selected' if each == now else ''}>{escape(each)}</option>"
            for each in field.choices
        )
        return f"<select {own}>{options}</select>"
    if field.kind == "bool":
        return f'<input type="checkbox" {own}{" checked" if now == "true" else ""}>'
    value = f'value="{escape(now)}"'
    if field.kind in {"int", "float"}:
        ends = {"ge": "min", "gt": "min", "le": "max", "lt": "max"}
        limits = " ".join(f'{ends[each]}="{at:g}"' for each, at in field.limits.items())
        step = "1" if field.kind == "int" else "any"
        return f'<input type="number" step="{step}" {limits} {own} {value}>'
    return f'<input type="{"date" if field.kind == "date" else "text"}" {own} {value}>'


def _kernel() -> str:
    """Return the id by which the server knows this kernel; empty where there is no server."""
    from ipykernel.connect import get_connection_file

    try:
        return Path(get_connection_file()).stem.removeprefix("kernel-")
    except RuntimeError:
        return ""


def _listen() -> None:
    """Answer forms that ask this kernel."""
    from comm import get_comm_manager

    get_comm_manager().register_target(TARGET, _opened)


def _opened(channel: Any, message: Any) -> None:
    namespace = live.shell().user_ns

    def answered(said: Any) -> None:
        asked = said["content"]["data"]
        channel.send({"asked": asked["number"], **answer(asked, namespace)})

    channel.on_msg(answered)


@cache
def _asset(name: str) -> str:
    return files("workbench.lab").joinpath(name).read_text("utf-8")
