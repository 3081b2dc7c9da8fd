"""A browser outside, at the intranet: people log in to the proxy before anything of theirs goes inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.clients.walk import expect

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Chain, Walk


def _nobody(walk: Walk) -> None:
    url = walk.url(walk.world.publication.intranet)
    with walk.step("page, nobody", url, "401 of the proxy itself, Negotiate and NTLM") as step:
        answer = walk.fetch(url)
        expect(answer.status == 401, f"{answer.status}")
        expect(answer.fields.get("X-Lab-User") == "", "the site was reached")
        step.seen = f"401, {' and '.join(answer.fields.all('WWW-Authenticate'))}"


def _one_of_the_staff(walk: Walk) -> None:
    alice, bob = walk.world.users
    url = walk.url(walk.world.publication.intranet)
    with walk.step("as alice", url, f"the site is told {alice.account}") as step, walk.connect_for_login(url) as client:
        seen = client.log_in(alice, "GET", "/").fields.get("X-Lab-User")
        expect(seen == alice.account, f"told {seen or 'nobody'}")
        step.seen = f"told {seen}"
    with walk.step("alice as bob", url, "a forged field is removed") as step, walk.connect_for_login(url) as client:
        forged = {"X-Forwarded-User": bob.account}
        seen = client.log_in(alice, "GET", "/", fields=forged).fields.get("X-Lab-User")
        expect(seen == alice.account, f"told {seen or 'nobody'}")
        step.seen = f"still {seen}"


def _somebody_else(walk: Walk) -> None:
    _, bob = walk.world.users
    url = walk.url(walk.world.publication.intranet)
    with walk.step("as bob", url, "403: not of the staff") as step, walk.connect_for_login(url, "Negotiate") as client:
        status = client.log_in(bob, "GET", "/").status
        expect(status == 403, f"{status}")
        step.seen = "403, not of the staff"


CHAINS: tuple[Chain, ...] = (_nobody, _one_of_the_staff, _somebody_else)
