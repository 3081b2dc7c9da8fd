from __future__ import annotations

import pytest

from bridgehead.verify.targets import Scope, Target, from_names, guessed_role


@pytest.mark.parametrize(
    ("host", "role"),
    [
        ("webext.contoso.com", "front-end"),
        ("webdirext.contoso.com", "director"),
        ("lyncdiscover.contoso.com", "discovery"),
        ("meet.contoso.com", "meet"),
        ("dialin.contoso.com", "dialin"),
        ("officewebapps01.contoso.com", "office-web-apps"),
        ("mail.contoso.com", "exchange"),
    ],
)
def test_a_role_is_guessed_from_the_names_of_the_documents(host: str, role: str) -> None:
    assert guessed_role(host) == role


def test_a_sip_domain_stands_for_its_discovery_name_and_hides_its_internal_one() -> None:
    (target,) = from_names([], ["contoso.com"], scope=Scope(dns_servers=("192.0.2.53",)))
    assert (target.host, target.roles) == ("lyncdiscover.contoso.com", ("discovery",))
    assert target.scope.internal_names == ("lyncdiscoverinternal.contoso.com",)
    assert target.scope.dns_servers == ("192.0.2.53",)


def test_a_given_role_counts_more_than_the_guess() -> None:
    (target,) = from_names([("meet.contoso.com", "director")])
    assert target.roles == ("director",)


def test_urls_have_the_port_unless_it_is_the_usual_one() -> None:
    assert Target("a.contoso.com", ("site",)).url("/b") == "https://a.contoso.com/b"
    odd = Target("a.contoso.com", ("site",), https_port=8443, http_port=8080)
    assert odd.url("/b") == "https://a.contoso.com:8443/b"
    assert odd.url("/b", "http") == "http://a.contoso.com:8080/b"
    assert Target("2001:db8::1", ("site",), https_port=8443).url() == "https://[2001:db8::1]:8443/"


def test_paths_are_published_by_pattern_whatever_their_case() -> None:
    narrow = Target("a.contoso.com", ("front-end",), paths=("/Ucwa/*", "/exact"))
    assert narrow.publishes("/ucwa")
    assert narrow.publishes("/UCWA/v1/applications")
    assert narrow.publishes("/exact")
    assert not narrow.publishes("/ucwa2")
    assert not narrow.publishes("/abs")


def test_directories_of_a_simple_url_or_the_root() -> None:
    shared = Target("lync.contoso.com", ("meet", "dialin"), directories=(("meet", "/Meet"), ("dialin", "/Dialin")))
    assert shared.directories_of("meet") == ("/Meet",)
    assert Target("meet.contoso.com", ("meet",)).directories_of("meet") == ("",)
    assert Target("meet.contoso.com", ("meet",)).directories_of("dialin") == ()
