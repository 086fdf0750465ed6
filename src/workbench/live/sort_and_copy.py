"""Tools at a result in a live notebook: sort its table, copy its figure or table into a slide.

They are a script, and so they exist only where somebody sits in front of the notebook; what is
published has none. The script asks nobody for anything and needs no network.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from secrets import token_hex

from workbench import text

STYLE = (
    ".workbench-live button[data-copy]{font-size:12px;margin:2px 6px 2px 0;padding:1px 8px;"
    "cursor:pointer}.workbench-live th[aria-sort=ascending]::after{content:' ▲'}"
    ".workbench-live th[aria-sort=descending]::after{content:' ▼'}"
    ".workbench-copy{float:right}.workbench-live svg{max-width:100%;height:auto}"
)


def equipped(html: str) -> str:
    """Return the page part `html` with tools at its table and its figure."""
    name = f"wb-{token_hex(6)}"
    kinds = [kind for kind, mark in (("figure", "<svg"), ("table", "<table")) if mark in html]
    buttons = "".join(
        f'<button type="button" data-copy="{kind}">{escape(text.say(f"live.copy_{kind}"))}</button>'
        for kind in kinds
    )
    said = {each: text.say(f"live.{each}") for each in ("copied", "refused", "sort")}
    return (
        f'<div id="{name}" class="workbench-live" lang="{text.language()}" '
        f'data-say="{escape(json.dumps(said))}">'
        f"<style>{STYLE}</style><div class=workbench-copy>{buttons}</div>{html}</div>"
        f"<script>{_script().replace('NAME', name)}</script>"
    )


@cache
def _script() -> str:
    return files(__name__.rpartition(".")[0]).joinpath("sort_and_copy.js").read_text("utf-8")
