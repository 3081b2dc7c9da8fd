"""Names that public authorities refuse are told before anyone asks one."""

from __future__ import annotations

import pytest

from tests.planning.deployments import contoso


def warnings(name: str, more: str = "") -> str:
    return " ".join(one.reason for one in contoso(more, **{"webext.contoso.com": name}).certificates[0].remarks)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pool01.contoso.local", "end inside the organisation: pool01.contoso.local"),
        ("web_ext.contoso.com", "have an underscore: web_ext.contoso.com"),
    ],
)
def test_a_name_that_no_public_authority_issues_is_told(name: str, words: str) -> None:
    assert words in warnings(name)


def test_other_names_and_an_authority_of_your_own_are_not_warned_about() -> None:
    assert "WARNING" not in warnings("webext.contoso.com")
    assert "public authorities issue no certificate" not in warnings("web.local", '[plan]\nissuer = "private"\n')
