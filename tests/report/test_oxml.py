"""Compiled paths answer what those of python-pptx and python-docx do."""

from importlib import import_module

import docx
import pptx
import pytest
from lxml import etree

from workbench.report import oxml

PATHS = {
    "pptx": ("./*[1]/p:nvPr/p:ph", ".//p:cNvPr", ".//a:p", "//@name", "count(.//p:sp)", "./none"),
    "docx": ("w:style", 'w:style[w:name/@w:val="Title"]', ".//w:rPr", "//@w:styleId", "./none"),
}


def roots(library):
    if library == "docx":
        return [docx.Document().styles.element]
    deck = pptx.Presentation()
    made = [deck.slides.add_slide(layout) for layout in deck.slide_layouts]
    return [element for slide in made for element in (slide._element, *slide._element.iter())]


@pytest.mark.parametrize("library", PATHS)
def test_the_answers_are_those_of_paths_that_are_compiled_each_time(library):
    oxml.prepare(library)
    names = import_module(f"{library}.oxml.ns")
    spaces = names._nsmap if library == "pptx" else names.nsmap
    found = 0
    for element in roots(library):
        if not hasattr(element, "_nsptag"):
            continue
        for path in PATHS[library]:
            expected = etree.ElementBase.xpath(element, path, namespaces=spaces)
            assert element.xpath(path) == expected, path
            found += bool(expected)
    assert found > 3


@pytest.mark.parametrize("library", PATHS)
def test_a_wrong_path_is_refused_as_before_and_names_are_the_same(library):
    oxml.prepare(library)
    elements = import_module(f"{library}.oxml.xmlchemy")
    names = import_module(f"{library}.oxml.ns")
    with pytest.raises(etree.XPathError):
        roots(library)[0].xpath("no:such")
    assert elements.qn("a:p") == names.qn("a:p")
