"""Write `docs/methods/kpis.<language>.md` as they follow from the KPI catalogue."""

from pathlib import Path

from workbench import text
from workbench.sql import document

if __name__ == "__main__":
    for language in text.LANGUAGES:
        with text.spoken(language):
            page = Path(__file__).parents[1] / "docs" / "methods" / f"kpis.{language}.md"
            page.write_text(document.markdown(), "utf-8")
