"""What python-pptx and python-docx ask the XML of their files, prepared once instead of each time.

Either compiles every path anew, and a deck asks some hundred thousand times. The answers are the
same. `prepare` is called by what makes such files.
"""

from functools import cache, lru_cache
from typing import Any

KEPT = 1024
"""How many paths are kept: those that name a style or a number are many."""


@cache
def prepare(library: str) -> None:
    """Let `library`, `pptx` or `docx`, use compiled paths and known names in this process."""
    from importlib import import_module

    from lxml import etree

    elements: Any = import_module(f"{library}.oxml.xmlchemy")
    names: Any = import_module(f"{library}.oxml.ns")
    spaces = names._nsmap if library == "pptx" else names.nsmap

    @lru_cache(KEPT)
    def compiled(path: str) -> Any:
        return etree.XPath(path, namespaces=spaces)

    def xpath(self: Any, path: str) -> Any:
        return compiled(path)(self)

    elements.BaseOxmlElement.xpath = xpath
    elements.qn = lru_cache(KEPT)(names.qn)
