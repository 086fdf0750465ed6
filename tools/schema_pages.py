"""Write `docs/methods/schema.<language>.md` as they follow from the schema's data."""

from pathlib import Path

from workbench import text
from workbench.schema import document

if __name__ == "__main__":
    for language in text.LANGUAGES:
        with text.spoken(language):
            page = Path(__file__).parents[1] / "docs" / "methods" / f"schema.{language}.md"
            page.write_text(document.markdown(), "utf-8")
