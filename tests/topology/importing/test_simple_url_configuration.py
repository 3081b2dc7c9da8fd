from __future__ import annotations

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.topology.importing.encodings import ExportedText
from bridgehead.topology.importing.inventory import SimpleUrlEntry
from bridgehead.topology.importing.simple_url_configuration import read_simple_url_configuration
from tests.topology.importing.exports import CONTOSO, SimpleUrl, clixml, printed_collections, printed_list

TWO_SCOPES = (
    *CONTOSO.simple_urls,
    SimpleUrl("Meet", "contoso.com", "https://meet-emea.contoso.com", scope="Site:EMEA"),
)


def read(text: str) -> tuple[SimpleUrlEntry, ...]:
    return read_simple_url_configuration(ExportedText("urls.txt", text, "UTF-8"))


def code_of(text: str) -> tuple[str, str]:
    with pytest.raises(ProblemsFound) as raised:
        read(text)
    (problem,) = raised.value.problems
    return problem.code, problem.where


def test_clixml_gives_every_collection_with_its_scope() -> None:
    assert [(one.component, one.domain, one.active, one.urls, one.scope) for one in read(clixml(TWO_SCOPES))] == [
        (url.component, url.domain, url.active, (*url.older, url.active), url.scope) for url in TWO_SCOPES
    ]


def test_a_printed_list_gives_the_same() -> None:
    assert [(one.component, one.domain, one.active, one.urls) for one in read(printed_list(CONTOSO.simple_urls))] == [
        (url.component, url.domain, url.active, (*url.older, url.active)) for url in CONTOSO.simple_urls
    ]


def test_a_list_broken_at_the_width_of_the_window_is_put_together() -> None:
    text = printed_collections(TWO_SCOPES)
    assert "\n                     " in text
    assert [(one.component, one.domain, one.active, one.scope) for one in read(text)] == [
        (url.component, url.domain, url.active, url.scope) for url in TWO_SCOPES
    ]


def test_lines_of_text_inside_clixml_are_read() -> None:
    # What Export-Clixml -Depth 1 leaves of an object.
    objects = "<S>Component=Meet;Domain=contoso.com;ActiveUrl=https://meet.contoso.com</S>"
    text = (
        '<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj><Props><S N="Identity">Global</S>'
        f'<Obj N="SimpleUrl"><LST>{objects}</LST></Obj></Props></Obj></Objs>'
    )
    (entry,) = read(text)
    assert (entry.component, entry.domain, entry.active) == ("Meet", "contoso.com", "https://meet.contoso.com")


@pytest.mark.parametrize("dots", ["...", "…"])
def test_what_powershell_left_out_is_not_taken_for_all(dots: str) -> None:
    text = (
        f"Identity  : Global\nSimpleUrl : {{Component=Meet;Domain=contoso.com;ActiveUrl=https://m.contoso.com{dots}}}\n"
    )
    assert code_of(text) == ("import.cut-by-powershell", "urls.txt:2")


@pytest.mark.parametrize("text", ["Identity : Global\nSimpleUrl : {}\n", "hello", clixml(())])
def test_a_file_without_simple_urls_is_told(text: str) -> None:
    assert code_of(text)[0] == "import.no-simple-urls"


def test_another_kind_of_xml_is_told() -> None:
    assert code_of("<TopologyBuilder/>") == ("import.wrong-kind", "urls.txt:1")
