"""The Lync app of the Windows Store: discovery in XML, a web ticket by NTLM, and what the ticket opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.clients import discovery, sign_in
from bridgehead.lab.clients.walk import expect

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Chain, Walk


def _sign_in(walk: Walk) -> None:
    links = discovery.over_https(walk, "xml")
    user = walk.world.users[1]
    user_url = links["User"] + discovery.sip_query(walk, user)
    ticket_url = sign_in.way_to_ticket(walk, user_url)
    ticket = sign_in.web_ticket(walk, ticket_url, user, "NTLM")
    services = discovery.user_document(walk, user_url, "xml", ticket)
    _ask_with_ticket(walk, "authentication broker", services["External/AuthBroker"], ticket)
    web = walk.world.publication.web
    _ask_with_ticket(walk, "location", walk.url(web, "/LocationInformation/LIService.svc"), ticket)


def _ask_with_ticket(walk: Walk, what: str, url: str, ticket: str) -> None:
    account = walk.world.users[1].account
    with walk.step(what, url, f"200 for {account}") as step:
        fields = {"X-MS-WebTicket": f"opaque={ticket}", "Content-Type": "text/xml; charset=utf-8"}
        answer = walk.fetch(url, "POST", body=b"<Request/>", fields=fields)
        expect(answer.status == 200 and account in answer.text, f"{answer.status}")
        step.seen = f"200 for {account}"


CHAINS: tuple[Chain, ...] = (_sign_in,)
