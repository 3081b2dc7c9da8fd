from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.conftest import Inside


def test_group_expansion_lists_the_members_for_the_caller(inside: Inside) -> None:
    body = b"<Envelope><MailAddress>sales@contoso.localhost</MailAddress></Envelope>"
    connection = inside.connect_for_login("Negotiate")
    answer = connection.log_in(inside.deployment.user("carol"), "POST", "/GroupExpansion/service.svc", body=body)
    assert answer.status == 200
    assert "<Caller>CONTOSO\\carol</Caller>" in answer.text
    assert "<Member>alice@contoso.localhost</Member>" in answer.text


def test_the_description_is_open_and_names_the_issuer_of_tickets(inside: Inside) -> None:
    answer = inside.connect().request("GET", "/GroupExpansion/service.svc/mex")
    assert answer.status == 200
    assert "https://webext.contoso.localhost:8443/WebTicket/WebTicketService.svc" in answer.text
