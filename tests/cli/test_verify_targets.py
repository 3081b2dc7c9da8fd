from __future__ import annotations

import pytest

from bridgehead.cli.verify_targets import lead_of, target_of
from bridgehead.verify.observing.ways import Leads


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("192.0.2.1", Leads("192.0.2.1")),
        ("192.0.2.1:8443", Leads("192.0.2.1", port=8443)),
        ("2001:db8::1", Leads("2001:db8::1")),
        ("[2001:db8::1]:8443", Leads("2001:db8::1", port=8443)),
        ("Meet.contoso.com:192.0.2.1", Leads("192.0.2.1", "meet.contoso.com")),
        ("meet.contoso.com:192.0.2.1:8443", Leads("192.0.2.1", "meet.contoso.com", 8443)),
        ("meet.contoso.com:[2001:db8::1]:8443", Leads("2001:db8::1", "meet.contoso.com", 8443)),
    ],
)
def test_where_to_connect(text: str, lead: Leads) -> None:
    assert lead_of(text) == lead


@pytest.mark.parametrize(
    "text", ["", "proxy", "meet.contoso.com", "meet.contoso.com:proxy", "192.0.2.1:0", "192.0.2.1:x"]
)
def test_what_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ADDRESS"):
        lead_of(text)


def test_a_name_may_have_a_role() -> None:
    assert target_of("WebExt.contoso.com") == ("webext.contoso.com", None)
    assert target_of("a.contoso.com=meet") == ("a.contoso.com", "meet")
    with pytest.raises(ValueError, match="king"):
        target_of("a.contoso.com=king")
