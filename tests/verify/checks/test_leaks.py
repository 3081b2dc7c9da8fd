from __future__ import annotations

import pytest

from bridgehead.verify.checks.leaks import leaked
from tests.verify.checks.recorded import answer

INTERNAL = ("fe01.contoso.com",)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<p>No connection to FE01.contoso.com:4443", ["the name fe01.contoso.com"]),
        ("upstream pool01.contoso.local did not answer", ["the name pool01.contoso.local"]),
        ("connect to 10.20.30.40 failed", ["the address 10.20.30.40"]),
        ("Traceback (most recent call last):", ["a stack trace"]),
        ("   at System.Web.HttpRuntime.ProcessRequest()", ["a stack trace"]),
        ("[HttpException]: File does not exist.", ["a stack trace"]),
        ("<h1>404</h1> version 4.0.30319, your address is 203.0.113.7", []),
        ("build 10.20.30.40.50 and 999.1.1.1", []),
    ],
)
def test_what_an_error_page_shows_of_the_inside(body: str, found: list[str]) -> None:
    assert list(leaked(answer(404, body=body), INTERNAL)) == found


def test_fields_count_but_not_the_one_that_lync_sends_by_design() -> None:
    assert list(leaked(answer(502, "X-Upstream: 10.0.0.4:4443"), INTERNAL)) == ["the address 10.0.0.4"]
    assert list(leaked(answer(404, "X-MS-Server-Fqdn: fe01.contoso.com"), INTERNAL)) == []
