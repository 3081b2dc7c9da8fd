from __future__ import annotations

import pytest

from bridgehead.verify.isolation.answers import Answer, shown_answer, shown_request, shown_value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("NTLM TlRMTVNTUAABAAAA", "NTLM type 1 (12 bytes)"),
        ("Negotiate YWJj", "Negotiate token (3 bytes)"),
        ("Basic YWxpY2U6c2VjcmV0", "Basic token (12 bytes)"),
        ("Bearer cwt.secret-ticket", "Bearer 17 characters"),
        ("Negotiate, NTLM", "Negotiate, NTLM"),
        ('Basic realm="the intranet"', 'Basic realm="…"'),
        ("Negotiate", "Negotiate"),
    ],
)
def test_a_value_is_shown_without_its_token(value: str, shown: str) -> None:
    assert shown_value(value) == shown


def test_an_answer_shows_only_what_matters_here() -> None:
    fields = (("Set-Cookie", "session=secret"), ("WWW-Authenticate", "NTLM"), ("X-Lab-User", "CONTOSO\\alice"))
    assert shown_answer(Answer(200, fields)) == "200   WWW-Authenticate: NTLM   X-Lab-User: CONTOSO\\alice"


def test_a_request_shows_no_query_and_no_body() -> None:
    shown = shown_request("POST", "/abs?ticket=secret", {"Authorization": "NTLM TlRMTVNTUAABAAAA"}, "1.1", b"secret")
    assert shown == "POST /abs   Authorization: NTLM type 1 (12 bytes)   body of 6 bytes"
