from __future__ import annotations

import pytest

from bridgehead.topology.sites import EXCHANGE_DIRECTORIES, Exchange

MAIL = {"host": "mail.contoso.com", "to": ["https://ex01.local"], "trust": "root.pem", "listeners": "outside"}


def test_exchange_is_short_for_its_directories_and_autodiscover() -> None:
    mail, autodiscover = Exchange.model_validate(MAIL).sites()
    assert mail.hosts == ("mail.contoso.com",)
    assert {"/Autodiscover/*", "/EWS/*", "/owa/*", "/Microsoft-Server-ActiveSync/*"} <= set(mail.paths)
    assert (autodiscover.hosts, autodiscover.paths) == (("autodiscover.contoso.com",), ("/Autodiscover/*",))
    assert (autodiscover.trust, autodiscover.listeners) == (("root.pem",), ("outside",))


def test_administration_of_exchange_is_not_published_unless_named() -> None:
    (mail, _) = Exchange.model_validate(MAIL).sites()
    assert {EXCHANGE_DIRECTORIES["ecp"], EXCHANGE_DIRECTORIES["powershell"]} & set(mail.paths) == set()
    (named,) = Exchange.model_validate({**MAIL, "services": "ecp"}).sites()
    assert named.paths == ("/ecp/*",)


@pytest.mark.parametrize(
    ("hosts", "published"),
    [([], []), (["mail.contoso.com"], []), (["autodiscover.fabrikam.com"], [("autodiscover.fabrikam.com",)])],
)
def test_the_names_of_autodiscover_can_be_given(hosts: list[str], published: list[tuple[str, ...]]) -> None:
    sites = Exchange.model_validate({**MAIL, "autodiscover_hosts": hosts}).sites()
    assert [site.hosts for site in sites[1:]] == published
