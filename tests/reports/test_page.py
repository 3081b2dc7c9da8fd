"""The HTML page: whole in itself, and safe to open."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from bridgehead.reports.document import Code, Document, Heading, Notice, Section, Table, Text
from bridgehead.reports.page import as_page
from bridgehead.reports.plan_document import plan_document, worksheet_document
from tests.planning.deployments import EDGE, contoso, example, plan_of

ALONE = {"meta", "link", "br", "img", "input", "hr"}
SHAPES = {"rect", "path"}


class Page(HTMLParser):
    """Checks that elements close in order, and collects attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


PAGES = {
    "contoso": as_page(plan_document(contoso(EDGE))),
    "two-pools": as_page(plan_document(plan_of(example("two-pools")))),
    "with-exchange": as_page(plan_document(plan_of(example("with-exchange")))),
    "worksheet": as_page(worksheet_document(contoso().worksheet)),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_element_closes_where_it_should(name: str) -> None:
    assert Page(PAGES[name]).open == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_asks_for_nothing_else(name: str) -> None:
    page = Page(PAGES[name])
    asking = {"src", "srcset", "data", "poster", "action", "background"}
    assert [one for one in page.attributes if one[1] in asking] == []
    links = [value for _, attribute, value in page.attributes if attribute in {"href", "xlink:href"}]
    assert [value for value in links if not value.startswith("#")] == []
    assert "url(http" not in PAGES[name]
    assert "@import" not in PAGES[name]
    assert "default-src 'none'" in PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_within_the_page_leads_somewhere(name: str) -> None:
    page = Page(PAGES[name])
    places = [value for _, attribute, value in page.attributes if attribute == "id"]
    assert len(set(places)) == len(places)
    assert {value[1:] for _, attribute, value in page.attributes if attribute == "href"} <= set(places)


def test_everything_to_copy_has_a_button() -> None:
    page = Page(PAGES["contoso"])
    assert PAGES["contoso"].count("<pre") == PAGES["contoso"].count('data-copy="code"')
    assert ("button", "data-copy", "table") in page.attributes


def test_the_path_through_the_flow_chart_takes_one_answer_to_each_question() -> None:
    assert PAGES["contoso"].count(" taken") == PAGES["contoso"].count('class="question"') - 1


def test_there_is_a_picture_in_both_themes_and_a_form_for_print() -> None:
    assert "<svg" in PAGES["contoso"]
    assert "prefers-color-scheme: dark" in PAGES["contoso"]
    assert "@media print" in PAGES["contoso"]


def test_markup_from_a_file_is_text_on_the_page() -> None:
    attack = "<script>alert(1)</script>"
    blocks = (Text(attack), Heading(attack), Notice(attack), Code(attack, "sh", attack), Table((attack,), ((attack,),)))
    assert "<script>alert" not in as_page(Document(attack, attack, (Section("one", attack, blocks),)))
