"""The page JupyterLab opens with: which notebooks there are, and what each answers."""

from collections.abc import Sequence
from pathlib import Path

from workbench import durable, text
from workbench.lab.copies import Copy
from workbench.report import notebook, parameters

FILES: dict[text.Language, str] = {"zh": "开始.md", "en": "START.md"}


def write(place: Path, copies: Sequence[Copy]) -> Path:
    """Write the page in both languages into `place`; return the one in the current language."""
    for language, name in FILES.items():
        with text.spoken(language):
            durable.write(place / name, _page(copies, language))
    return place / FILES[text.language()]


def _page(copies: Sequence[Copy], language: text.Language) -> str:
    other = next(name for each, name in FILES.items() if each != language)
    parts = [f"# {text.say('lab.title')}", text.say("lab.intro", other=other)]
    parts.append(f"## {text.say('lab.notebooks')}")
    parts += [_entry(copy, language) for copy in copies]
    parts.append(f"## {text.say('lab.tools')}")
    parts += [f"- `{code}` — {text.say(f'lab.tool.{name}')}" for name, code in _TOOLS.items()]
    parts.append(f"## {text.say('lab.back')}")
    parts.append(text.say("lab.back_how"))
    return "\n\n".join(parts) + "\n"


_TOOLS = {
    "form": 'form("risk-calibration")',
    "explain": 'explain("SM_RATIO")',
    "query": 'bank.query("SELECT … FROM loans")',
    "show": "show(result)",
    "help": "show?",
}


def _entry(copy: Copy, language: text.Language) -> str:
    cells = {cell.get("id"): cell["source"] for cell in notebook.read(copy.path).cells}
    title = cells.get(f"title-{language}", copy.name).lstrip("# ").strip()
    purpose = cells.get(f"purpose-{language}", "").split("\n\n")[0].strip()
    names = ", ".join(f"`{name}`" for name in parameters.declared(copy.path))
    lines = [f"### [{title}]({copy.path.name})", purpose]
    if names:
        lines.append(text.say("lab.parameters", names=names))
    if copy.state in {"edited", "behind", "renewed"}:
        lines.append(text.say(f"lab.{copy.state}", name=copy.name))
    return "\n\n".join(lines)
