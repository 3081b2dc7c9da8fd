from __future__ import annotations

import pytest

from bridgehead.verify.discovery_document import read_discovery

HREF = "https://webext.contoso.com/Autodiscover/AutodiscoverService.svc/root/user"

AS_XML = (
    f'<AutodiscoverResponse AccessLocation="External"><Root><Link token="User" href="{HREF}"/></Root>'
    "</AutodiscoverResponse>"
)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"AccessLocation":"External","Root":{{"Links":[{{"token":"User","href":"{HREF}"}}]}}}}',
        AS_XML,
        AS_XML.replace("<", "<a:").replace("<a:/", "</a:").replace("Response A", 'Response xmlns:a="urn:x" A'),
    ],
)
def test_json_and_xml_say_the_same(body: str) -> None:
    document = read_discovery(body)
    assert document is not None
    assert (document.access_location, document.link("user")) == ("External", HREF)


def test_ucwas_own_form_has_links_alone() -> None:
    document = read_discovery(f'{{"_links":{{"user":{{"href":"{HREF}"}}}}}}')
    assert document is not None
    assert (document.access_location, document.link("user")) == ("", HREF)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body>IIS</body></html>",
        "{",
        "[]",
        "{}",
        '{"Root": 7}',
        '{"Root": {"Links": [7, null]}}',
        '{"_links": 7}' * 2,
        "<AutodiscoverResponse",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><AutodiscoverResponse AccessLocation='&a;'/>",
        "{" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_document_is_none(body: str) -> None:
    assert read_discovery(body) is None
