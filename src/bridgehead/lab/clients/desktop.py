"""Lync 2013 on a desktop: discovery in XML, a web ticket, the address book and group expansion by NTLM."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bridgehead.lab.clients import discovery, sign_in
from bridgehead.lab.clients.walk import expect, target_of
from bridgehead.lab.ntlm_client import new_initiator, token_in

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Chain, Walk
    from bridgehead.lab.http_client import Answer
    from bridgehead.lab.ntlm_client import NtlmConnection
    from bridgehead.lab.users import User

_ROUNDS = 5
"""How often the two users take turns once they are logged in."""


def _over_http(walk: Walk) -> None:
    discovery.over_http(walk, "xml")


def _sign_in(walk: Walk) -> None:
    links = discovery.over_https(walk, "xml")
    user = walk.world.users[0]
    user_url = links["User"] + discovery.sip_query(walk, user)
    ticket_url = sign_in.way_to_ticket(walk, user_url)
    ticket = sign_in.web_ticket(walk, ticket_url, user, "Negotiate")
    discovery.user_document(walk, user_url, "xml", ticket)


def address_book(walk: Walk) -> None:
    """Two people at once, leg by leg in turns: whoever shares a connection would answer one as the other."""
    alice, bob = walk.world.users
    url = walk.url(walk.world.publication.web, "/abs/handler")
    with ExitStack() as stack:
        with walk.step("address book, nobody", url, "401 with Negotiate and NTLM, on two lines") as step:
            first = stack.enter_context(walk.connect_for_login(url))
            lines = first.request("GET", target_of(url)).fields.all("WWW-Authenticate")
            expect(lines == ["Negotiate", "NTLM"], f"WWW-Authenticate {lines}")
            step.seen = "401, Negotiate and NTLM"
        with walk.step(
            f"as {alice.name} and {bob.name}", url, f"{alice.account} and {bob.account}, never mixed"
        ) as step:
            parties = ((first, alice), (stack.enter_context(walk.connect_for_login(url)), bob))
            _log_in_by_turns(parties, target_of(url))
            for _ in range(_ROUNDS):
                for connection, user in parties:
                    _expect_user(connection.request("GET", target_of(url)), user)
            step.seen = f"each their own, {2 * _ROUNDS} turns"
        with walk.step("a third, meanwhile", url, "401: a login belongs to its connection") as step:
            answer = walk.fetch(url)
            expect(answer.status == 401, f"{answer.status} as {answer.fields.get('X-Lab-User') or 'nobody'}")
            step.seen = "401"


def _group_expansion(walk: Walk) -> None:
    user = walk.world.users[1]
    url = walk.url(walk.world.publication.web, "/GroupExpansion/service.svc")
    body = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><QueryDLMembership>'
        b"<MailAddress>everybody@contoso.localhost</MailAddress></QueryDLMembership></s:Body></s:Envelope>"
    )
    with walk.step("group expansion", url, "200 with the members") as step, walk.connect_for_login(url) as connection:
        content_type = {"Content-Type": "text/xml; charset=utf-8"}
        answer = connection.log_in(user, "POST", target_of(url), body=body, fields=content_type)
        who = answer.fields.get("X-Lab-User")
        members = answer.body.count(b"<Member>")
        expect(answer.status == 200 and who == user.account and members, f"{answer.status} as {who or 'nobody'}")
        step.seen = f"{members} members for {who}"


def _log_in_by_turns(parties: tuple[tuple[NtlmConnection, User], ...], target: str) -> None:
    initiators = [new_initiator("NTLM", user, connection.host) for connection, user in parties]
    challenges = [
        token_in(connection.leg(initiator.step(), "GET", target), "NTLM")
        for (connection, _), initiator in zip(parties, initiators, strict=True)
    ]
    for (connection, user), initiator, challenge in zip(parties, initiators, challenges, strict=True):
        expect(challenge, f"no NTLM challenge for {user.name}")
        _expect_user(connection.leg(initiator.step(challenge), "GET", target), user)


def _expect_user(answer: Answer, user: User) -> None:
    expect(answer.status == 200, f"{answer.status} instead of 200 for {user.name}")
    who = json.loads(answer.body)["user"]
    expect(who == user.account, f"{user.account} was answered as {who}")


CHAINS: tuple[Chain, ...] = (_over_http, _sign_in, address_book, _group_expansion)
