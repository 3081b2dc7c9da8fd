from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.importing import markup
from bridgehead.topology.importing.encodings import ExportedText, read_exported_text
from bridgehead.topology.importing.markup import Element, parse_markup
from tests.topology.importing.exports import ENCODINGS, write


def parsed(text: str) -> Element:
    return parse_markup(ExportedText("a.xml", text, "UTF-8"))


def problem_with(text: str) -> Problem:
    with pytest.raises(ProblemsFound) as raised:
        parsed(text)
    (problem,) = raised.value.problems
    return problem


def test_elements_know_their_names_and_lines() -> None:
    root = parsed('<a xmlns="urn:x">\n <b c=" 1 "/>\n <b>text</b>\n</a>')
    assert (root.name, root.namespace, root.line) == ("a", "urn:x", 1)
    assert [(one.line, one.get("c"), one.text) for one in root.each("b")] == [(2, "1", ""), (3, "", "text")]


def test_the_declared_encoding_does_not_matter_because_the_text_is_decoded_already() -> None:
    assert parsed('<?xml version="1.0" encoding="utf-16"?><a b="ö"/>').get("b") == "ö"


BOMB = """<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>
<a>&y;</a>
"""


@pytest.mark.parametrize("words", ENCODINGS)
def test_a_doctype_is_refused_in_every_encoding(words: str, tmp_path: Path) -> None:
    export = read_exported_text(write(tmp_path / "a.xml", BOMB, ENCODINGS[words]))
    with pytest.raises(ProblemsFound) as raised:
        parse_markup(export)
    (problem,) = raised.value.problems
    assert (problem.code, problem.where) == ("import.doctype", f"{export.file}:2")


def test_an_external_entity_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    assert problem_with(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]><a>&x;</a>').code == "import.doctype"


def test_an_entity_that_nobody_declared_is_broken_xml() -> None:
    assert problem_with("<a>&x;</a>").code == "import.not-xml"


@pytest.mark.parametrize("text", ["<a>\n<b>", "<a>\n</b>", "<a>\n<a b=>", "<a/>\n<a/>"])
def test_broken_xml_is_told_with_its_line(text: str) -> None:
    problem = problem_with(text)
    assert (problem.code, problem.where) == ("import.not-xml", "a.xml:2")


def test_nesting_is_bounded() -> None:
    assert problem_with("<a>" * 100_000).code == "import.too-deep"


def test_the_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MOST_ELEMENTS", 100)
    assert problem_with("<a>" + "<b/>" * 100 + "</a>").code == "import.too-many-elements"
