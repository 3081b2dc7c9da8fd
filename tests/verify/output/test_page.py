from __future__ import annotations

from html import escape

import pytest

from bridgehead.verify.output.legible import legible
from bridgehead.verify.output.page import as_page
from tests.reports.test_page import Page
from tests.verify.output.reports import EVERYTHING, HOSTILE, report, result

PAGE = as_page(EVERYTHING)


def test_every_element_closes_where_it_should() -> None:
    assert Page(PAGE).open == []


def test_the_page_asks_for_nothing_else() -> None:
    page = Page(PAGE)
    asking = {"src", "srcset", "data", "poster", "action", "background"}
    assert [one for one in page.attributes if one[1] in asking] == []
    assert [value for _, name, value in page.attributes if name == "href" and not value.startswith("#")] == []
    for word in ("http://", "https://", "url(", "@import", "fetch(", "XMLHttpRequest"):
        assert word not in PAGE
    assert "default-src 'none'" in PAGE


def test_every_result_is_there_with_all_that_it_says() -> None:
    page = Page(PAGE)
    classes = [value.split()[1] for tag, name, value in page.attributes if name == "class" and "result " in value]
    assert classes == [one.status for one in EVERYTHING.results]
    for one in EVERYTHING.results:
        for said in (one.code, one.title, one.seen, one.expected, one.cause, one.mend, *one.evidence):
            assert str(escape(legible(said))).replace("&quot;", "&#34;") in PAGE


def test_what_is_bad_stands_open_and_what_is_well_is_folded() -> None:
    opened = {
        part.split()[1].split('"')[0]
        for part in PAGE.split("<details ")[1:]
        if 'class="result' in part[:20] and " open>" in part.partition("\n")[0]
    }
    assert opened == {"failed", "warning"}


def test_everything_can_be_read_and_filtered_without_scripts() -> None:
    before, _, _ = PAGE.partition("<script>")
    assert PAGE.count("<script") == 1
    assert "onclick" not in before
    for chosen in ("show-all", "show-open", "show-failed"):
        assert f'id="{chosen}"' in before
    assert ":has(#show-failed:checked)" in before


def test_every_link_leads_to_a_place_that_is_there_once() -> None:
    page = Page(PAGE)
    places = [value for _, name, value in page.attributes if name == "id"]
    links = {value[1:] for _, name, value in page.attributes if name == "href"}
    assert len(set(places)) == len(places)
    assert links
    assert links <= set(places)


def test_markup_of_a_server_is_text_on_the_page() -> None:
    assert HOSTILE.partition("\x1b")[0] not in PAGE
    assert PAGE.count("<script") == 1
    assert "\x1b" not in PAGE


def test_evidence_has_a_button_and_stays_selectable() -> None:
    assert PAGE.count('class="copy"') == PAGE.count("<pre")
    assert PAGE.count("<pre") == 1


def test_there_are_both_themes_and_a_form_for_print_that_opens_what_failed() -> None:
    assert "prefers-color-scheme: dark" in PAGE
    assert "@media print" in PAGE
    assert "details-content" in PAGE
    assert "beforeprint" in PAGE


def test_the_summary_stands_at_the_top() -> None:
    head = PAGE.partition("</header>")[0]
    assert "1 failed, 2 passed, 1 warning" in head
    assert "Verification of bridgehead.toml" in head


def test_what_was_not_finished_is_said_to_be() -> None:
    assert "not complete" in as_page(report(result(), complete=False))


@pytest.mark.parametrize("some", [(), (result("skipped"),)])
def test_where_nothing_could_be_seen_it_does_not_look_well(some: tuple) -> None:  # type: ignore[type-arg] # of results
    page = as_page(report(*some))
    assert "Nothing could be seen" in page
    assert "verdict well" not in page
