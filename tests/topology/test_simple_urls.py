from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridgehead.topology.simple_urls import SimpleUrls, SipDomain


@pytest.mark.parametrize(
    ("url", "host", "pattern"),
    [
        ("https://meet.contoso.com", "meet.contoso.com", "/*"),
        ("https://Meet.Contoso.com/", "meet.contoso.com", "/*"),
        ("https://lync.contoso.com/Meet", "lync.contoso.com", "/Meet/*"),
        ("https://lync.contoso.com/contosoSIPdomain/Meet/", "lync.contoso.com", "/contosoSIPdomain/Meet/*"),
    ],
)
def test_all_three_forms_are_a_host_and_a_directory(url: str, host: str, pattern: str) -> None:
    urls = SimpleUrls.model_validate({"meet": {"contoso.com": url}})
    ((_, name, meet),) = urls.published_urls()
    assert name == "meet contoso.com"
    assert [(one.host, one.pattern) for one in meet.addresses] == [(host, pattern)]


@pytest.mark.parametrize(
    "written",
    [
        ["https://join.contoso.com", "https://meet.contoso.com"],
        {"active": "https://join.contoso.com", "older": "https://meet.contoso.com"},
    ],
)
def test_one_url_is_active_and_older_ones_stay(written: object) -> None:
    meet = SimpleUrls.model_validate({"meet": {"contoso.com": written}}).meet["contoso.com"]
    assert (meet.active, meet.older) == ("https://join.contoso.com", ("https://meet.contoso.com",))


@pytest.mark.parametrize(
    "written",
    [
        {"published": False, "dialin": "https://dialin.contoso.com"},
        {"dialin": {"active": "https://dialin.contoso.com", "published": False}},
        {"admin": "https://admin.contoso.com"},
    ],
)
def test_what_is_internal_is_not_published(written: object) -> None:
    assert SimpleUrls.model_validate(written).published_urls() == []


def test_discovery_must_be_found_over_tls_or_without_it() -> None:
    with pytest.raises(ValidationError, match="neither over TLS nor without it"):
        SipDomain(name="contoso.com", discovery_over_tls=False)
    assert SipDomain(name="contoso.com", discovery_over_http=True, discovery_over_tls=False).discovery_over_http
